import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Consents } from './consents.ts'

export type ConsentDeps = { consents: Consents; erasure: Pick<Erasure, 'assertPresent'> }

export const consentRoutes: FastifyPluginAsyncTypebox<ConsentDeps> = async (app, { consents, erasure }) => {
  app.route({
    ...analyticsApi.getConsent,
    handler: ({ caller }) => consents.of(caller.id),
  })

  app.route({
    ...analyticsApi.changeConsent,
    handler: async ({ caller, body: { personal } }) => {
      await erasure.assertPresent(caller.id)
      return consents.change({ userId: caller.id, personal })
    },
  })
}
