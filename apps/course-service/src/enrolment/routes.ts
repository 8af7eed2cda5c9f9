import { courseApi } from '@aetherlearn/contracts/course'
import { fail, Failure } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { assertOneName } from '../people/rules.ts'
import type { Directory } from '../people/store.ts'
import type { SnapshotStore } from '../publishing/store.ts'
import type { Joining } from './joining-store.ts'
import type { Seats } from './seats.ts'
import type { EnrolmentStore } from './store.ts'
import { studentOf, type StudentStore } from './students-store.ts'

type Deps = {
  enrolments: EnrolmentStore
  joining: Joining
  students: StudentStore
  directory: Directory
  snapshots: SnapshotStore
  seats: Seats
}

export function enrolmentRoutes(app: Server, deps: Deps) {
  const { enrolments, joining, snapshots, seats } = deps
  app.route({
    ...courseApi.enroll,
    handler: async ({ caller, params, traceId }, reply) => {
      const request = { userId: caller.id, byStaff: false, traceId }
      const { enrolment, isNew } = await joining.enrol(params.courseId, request)
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
  studentRoutes(app, deps)
}

/** For those who look after the students of a course. */
function studentRoutes(app: Server, { enrolments, joining, students, directory, seats }: Deps) {
  app.route({
    ...courseApi.listStudents,
    handler: async ({ caller, params: { courseId }, query: { cursor, limit } }) => {
      await students.assertMay(courseId, caller)
      return students.page(courseId, cursor, limit)
    },
  })
  app.route({
    ...courseApi.addStudent,
    handler: async ({ caller, params: { courseId }, body, traceId }, reply) => {
      assertOneName(body)
      await students.assertMay(courseId, caller)
      const person = await directory.find(body)
      const request = { userId: person.userId, byStaff: true, traceId }
      const { enrolment, isNew } = await joining.enrol(courseId, request)
      return reply.code(isNew ? 201 : 200).send(studentOf(enrolment, person))
    },
  })
  app.route({
    ...courseApi.removeStudent,
    handler: async ({ caller, params: { courseId, userId }, traceId }) => {
      await students.assertMay(courseId, caller)
      await enrolments.leave(courseId, userId, traceId).catch((error: unknown) => {
        const isNone = error instanceof Failure && error.code === 'NOT_ENROLLED'
        throw isNone ? fail('USER_NOT_FOUND') : error
      })
      seats.forget({ courseId, userId })
      return { message: 'removed' }
    },
  })
}
