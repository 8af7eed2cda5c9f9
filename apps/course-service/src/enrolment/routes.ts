import { courseApi } from '@aetherlearn/contracts/course'
import type { Server } from '@aetherlearn/service-kit/server'
import type { SnapshotStore } from '../publishing/store.ts'
import type { Seats } from './seats.ts'
import type { EnrolmentStore } from './store.ts'

type Deps = { enrolments: EnrolmentStore; snapshots: SnapshotStore; seats: Seats }

export function enrolmentRoutes(app: Server, { enrolments, snapshots, seats }: Deps) {
  app.route({
    ...courseApi.enroll,
    handler: async ({ caller, params, traceId }, reply) => {
      const { enrolment, isNew } = await enrolments.enrol(params.courseId, caller.id, traceId)
      return reply.code(isNew ? 201 : 200).send(enrolment)
    },
  })
  app.route({
    ...courseApi.leave,
    handler: async ({ caller, params, traceId }) => {
      await enrolments.leave(params.courseId, caller.id, traceId)
      seats.forget({ courseId: params.courseId, userId: caller.id })
      return { message: 'left' }
    },
  })
  app.route({
    ...courseApi.listEnrolled,
    handler: async ({ caller }) => snapshots.ofCourseIds(await enrolments.courseIdsOf(caller.id)),
  })
}
