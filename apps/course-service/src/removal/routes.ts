import { courseApi } from '@aetherlearn/contracts/course'
import type { Server } from '@aetherlearn/service-kit/server'
import type { RemovalStore } from './store.ts'

export function removalRoutes(app: Server, { removals }: { removals: RemovalStore }) {
  app.route({
    ...courseApi.removeCourse,
    handler: async ({ caller, params, traceId }) => {
      await removals.remove(params.courseId, caller, traceId)
      return {}
    },
  })
}
