import { progressApi } from '@aetherlearn/contracts/progress'
import { exportApi } from '@aetherlearn/contracts/progress/export'
import type { Access } from '@aetherlearn/contracts/shape'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { ownExport } from '@aetherlearn/service-kit/own-export'
import type { Server } from '@aetherlearn/service-kit/server'
import { sectionsOf, type ExportDeps } from './export.ts'

export type PersonalDeps = ExportDeps & { now: () => number }

export async function personalRoutes(app: Server, { now, ...deps }: PersonalDeps) {
  ownExport(app, {
    endpoint: exportApi.exportLearning,
    fileName: 'learning-data.json',
    sections: (userId) => sectionsOf(deps, userId),
    now,
  })
}

/** Routes at which nobody shows an access token; the record store asks for itself. */
const withoutToken: readonly (Access | undefined)[] = ['public', 'signed-url', 'credentials']

/**
 * Access tokens outlive accounts by minutes: what would change something is refused. Not saves, which are many: Redis
 * itself refuses them.
 */
export function refuseErased(app: Server, erasure: Pick<Erasure, 'assertPresent'>) {
  app.addHook('preHandler', async ({ caller, method, matched, is404 }) => {
    const isNobodys = is404 || withoutToken.includes(matched.config.access)
    if (isNobodys || method === 'GET' || matched.url === progressApi.save.url) return
    await erasure.assertPresent(caller.id)
  })
}
