import { courseApi } from '@aetherlearn/contracts/course'
import type { Server } from '@aetherlearn/service-kit/server'
import type { SnapshotStore } from './store.ts'

export function publishingRoutes(app: Server, { snapshots }: { snapshots: SnapshotStore }) {
  app.route({ ...courseApi.listPublished, handler: ({ query }) => snapshots.listLive(query.limit) })
  app.route({ ...courseApi.getPublished, handler: ({ params }) => snapshots.findLive(params.courseId) })
  app.route({
    ...courseApi.publish,
    handler: ({ caller, params, traceId }) => snapshots.publish(params.courseId, caller, traceId),
  })
  app.route({
    ...courseApi.unpublish,
    handler: ({ caller, params, traceId }) => snapshots.withdraw(params.courseId, caller, traceId),
  })
}
