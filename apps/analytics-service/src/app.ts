import { createServer, type Server, type ServerOptions } from '@aetherlearn/service-kit/server'
import { consentRoutes } from './consent/routes.ts'
import { dashboardRoutes } from './dashboard/routes.ts'
import { digestRoutes } from './digests/routes.ts'
import { exportRoutes } from './export/routes.ts'
import { ingestRoutes } from './ingest/routes.ts'
import { lectureRoutes } from './lectures/routes.ts'
import { liveRoutes } from './live/routes.ts'
import { mailRoutes } from './mail/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { nudgeRoutes } from './nudges/routes.ts'
import type { Parts } from './parts.ts'
import { personalRoutes } from './personal/routes.ts'
import { studentRoutes } from './students/routes.ts'
import { versionRoutes } from './versions/routes.ts'
import { webhookRoutes } from './webhooks/routes.ts'

export type AppDeps = Parts & Omit<ServerOptions, 'name'>

/** The service with everything it needs handed in; opens nothing. */
export async function buildApp(deps: AppDeps): Promise<Server> {
  const { verifyToken, log, checks } = deps
  const app = await createServer({
    name: 'analytics-service',
    verifyToken,
    ...(log && { log }),
    ...(checks && { checks }),
  })
  const { directory, requireStaff, counters, trafficOf, changes, watchers, readNumbers, readPeriod, now } =
    deps
  await app.register(ingestRoutes, { directory, counters, trafficOf, changes })
  await app.register(dashboardRoutes, { requireStaff, readNumbers, readPeriod, now })
  await app.register(lectureRoutes, deps)
  await app.register(versionRoutes, deps)
  await app.register(liveRoutes, { requireStaff, watchers })
  await app.register(exportRoutes, deps)
  await app.register(studentRoutes, deps)
  await app.register(consentRoutes, deps)
  await app.register(messageRoutes, deps)
  await app.register(nudgeRoutes, deps)
  await app.register(mailRoutes, deps)
  await app.register(digestRoutes, deps)
  await app.register(webhookRoutes, deps)
  await app.register(async (scope: Server) => personalRoutes(scope, deps))
  return app
}
