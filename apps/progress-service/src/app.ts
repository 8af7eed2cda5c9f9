import { createServer, type Server, type ServerOptions } from '@aetherlearn/service-kit/server'
import { activityRoutes } from './activity/routes.ts'
import { launchRoutes } from './cmi5/routes.ts'
import { completionRoutes } from './completion/routes.ts'
import { evidenceRoutes } from './evidence/routes.ts'
import { historyRoutes } from './history/routes.ts'
import { lateRoutes } from './late/routes.ts'
import { noteRoutes } from './notes/routes.ts'
import { packageRoutes } from './packages/routes.ts'
import type { Parts } from './parts.ts'
import { personalRoutes, refuseErased } from './personal/routes.ts'
import { keyRoutes } from './records/keys-routes.ts'
import { recordRoutes } from './records/routes.ts'
import { watchRoutes } from './watch/routes.ts'

export type AppDeps = Parts & Omit<ServerOptions, 'name'>

/** The service with everything it needs handed in; opens nothing. */
export async function buildApp(deps: AppDeps): Promise<Server> {
  const { verifyToken, log, checks } = deps
  const app = await createServer({
    name: 'progress-service',
    verifyToken,
    ...(log && { log }),
    ...(checks && { checks }),
  })
  const { directory, courses, buffer, progress, completion, counts, activity, history, now } = deps
  refuseErased(app, deps.erasure)
  await app.register(watchRoutes, {
    directory,
    buffer,
    progress,
    completion,
    now,
    onWatched: (more) => void completion.afterSave(more),
  })
  await app.register(async (scope: Server) => lateRoutes(scope, deps))
  await app.register(completionRoutes, { directory, completion, counts, courses, now })
  await app.register(activityRoutes, { activity, courses, buffer, now })
  await app.register(historyRoutes, { history, activity, now })
  await app.register(evidenceRoutes, { ...deps.evidence, staff: deps.staff, directory })
  await app.register(async (scope: Server) => noteRoutes(scope, deps))
  await app.register(async (scope: Server) => packageRoutes(scope, deps))
  const records = { ...deps.records, staff: deps.staff, directory, erasure: deps.erasure, now }
  await app.register(async (scope: Server) => recordRoutes(scope, records))
  await app.register(async (scope: Server) => keyRoutes(scope, records))
  await app.register(async (scope: Server) => launchRoutes(scope, records))
  await app.register(async (scope: Server) => personalRoutes(scope, deps))
  return app
}
