import { identityApi } from '@aetherlearn/contracts/identity'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { JSONWebKeySet } from 'jose'

export const keyRoutes: FastifyPluginAsyncTypebox<{ keySet: JSONWebKeySet }> = async (app, { keySet }) => {
  const keys = keySet.keys.map((key) => ({ ...key }))
  app.route({
    ...identityApi.keys,
    handler: async (_request, reply) => {
      void reply.header('cache-control', 'public, max-age=300')
      return { keys }
    },
  })
}
