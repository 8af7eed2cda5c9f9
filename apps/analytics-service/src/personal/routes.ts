import { personalApi } from '@aetherlearn/contracts/analytics/personal'
import { ownExport } from '@aetherlearn/service-kit/own-export'
import type { Server } from '@aetherlearn/service-kit/server'
import { sectionsOf, type ExportDeps } from './export.ts'

export type PersonalDeps = ExportDeps & { now: () => number }

export async function personalRoutes(app: Server, { now, ...deps }: PersonalDeps) {
  ownExport(app, {
    endpoint: personalApi.exportWatching,
    fileName: 'watching-data.json',
    sections: (userId) => sectionsOf(deps, userId),
    now,
  })
}
