import { Readable } from 'node:stream'
import { progressApi } from '@aetherlearn/contracts/progress'
import { exportApi } from '@aetherlearn/contracts/progress/export'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { exportOf, type ExportDeps } from './export.ts'

export type PersonalDeps = ExportDeps & { now: () => number }

export async function personalRoutes(app: Server, { now, ...deps }: PersonalDeps) {
  const reading = new Set<string>()
  app.route({
    ...exportApi.exportLearning,
    handler: ({ caller }, reply) => {
      // Each reads all that there is, for as long as its client takes.
      if (reading.has(caller.id)) throw fail('RATE_LIMITED', { retryAfterSeconds: 10 })
      reading.add(caller.id)
      reply.raw.once('close', () => reading.delete(caller.id))
      const exportedAt = new Date(now()).toISOString()
      const pieces = exportOf(deps, { schemaVersion: 1, userId: caller.id, exportedAt })
      void reply.header('content-disposition', 'attachment; filename="learning-data.json"')
      void reply.header('cache-control', 'no-store')
      return reply.type('application/json; charset=utf-8').send(Readable.from(pieces))
    },
  })
}

/**
 * Access tokens outlive accounts by minutes: what would change something is refused. Not saves, which are many: Redis
 * itself refuses them.
 */
export function refuseErased(app: Server, erasure: Pick<Erasure, 'assertPresent'>) {
  app.addHook('preHandler', async ({ caller, method, matched, is404 }) => {
    if (is404 || method === 'GET' || matched.url === progressApi.save.url) return
    await erasure.assertPresent(caller.id)
  })
}
