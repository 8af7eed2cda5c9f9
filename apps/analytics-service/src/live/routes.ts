import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import type { Watchers } from './watchers.ts'

export type LiveDeps = { requireStaff: RequireStaff; watchers: Pick<Watchers, 'add'> }

export const liveRoutes: FastifyPluginAsyncTypebox<LiveDeps> = async (app, { requireStaff, watchers }) => {
  app.route({
    ...analyticsApi.watchDashboard,
    handler: async ({ caller, body: { courseId } }) => {
      await requireStaff(caller, courseId, 'body')
      await watchers.add(courseId, caller)
      return { message: 'watching' }
    },
  })
}
