import { identityApi, userErased, type ErasureReport } from '@aetherlearn/contracts/identity'
import { listenersOf } from '@aetherlearn/contracts/system'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { SignReport } from '../keys/signer.ts'
import { reportOf, type Case } from './rules.ts'
import type { ErasureStore } from './store.ts'

export type ErasureDeps = { erasures: Pick<ErasureStore, 'ofUser' | 'byReceipt'>; sign: SignReport }

const EXPECTED = listenersOf(userErased.name)

export const erasureRoutes: FastifyPluginAsyncTypebox<ErasureDeps> = async (app, { erasures, sign }) => {
  async function answer(found: Case | undefined): Promise<ErasureReport> {
    if (found === undefined) throw fail('ERASURE_NOT_FOUND')
    const report = reportOf(found, EXPECTED)
    return report.complete ? { ...report, proof: await sign(report) } : report
  }

  app.route({
    ...identityApi.readErasure,
    handler: async ({ body }, reply) => {
      void reply.header('cache-control', 'no-store')
      return answer(await erasures.byReceipt(body.receipt))
    },
  })

  app.route({
    ...identityApi.getErasure,
    handler: async ({ params }) => answer(await erasures.ofUser(params.userId)),
  })
}
