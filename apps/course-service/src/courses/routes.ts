import { courseApi } from '@aetherlearn/contracts/course'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import type { EnrolmentStore } from '../enrolment/store.ts'
import type { SnapshotStore } from '../publishing/store.ts'
import { isKnown, may, roleIn } from './rules.ts'
import { toLecture } from './rows.ts'
import type { CourseStore } from './store.ts'

export type CourseDeps = { courses: CourseStore; snapshots: SnapshotStore; enrolments: EnrolmentStore }

export function courseRoutes(app: Server, { courses, snapshots, enrolments }: CourseDeps) {
  app.route({ ...courseApi.listTaught, handler: ({ caller }) => courses.listTaught(caller.id) })
  app.route({
    ...courseApi.getCourse,
    handler: async ({ caller, params: { courseId } }) => {
      const course = await courses.findCourse(courseId)
      if (course === null) throw fail('COURSE_NOT_FOUND')
      const role = roleIn(course, caller)
      if (role !== undefined) return courses.outline(course, role)
      if (!(await enrolments.isEnrolled(courseId, caller.id))) {
        throw fail(isKnown(course) ? 'NOT_ENROLLED' : 'COURSE_NOT_FOUND')
      }
      return snapshots.latest(courseId)
    },
  })
  app.route({
    ...courseApi.getLecture,
    handler: async ({ caller, params: { lectureId } }) => {
      const lecture = await courses.findLecture(lectureId)
      if (lecture === null) throw fail('LECTURE_NOT_FOUND')
      const courseId = String(lecture.courseId)
      const course = await courses.findCourse(courseId)
      if (course === null) throw fail('LECTURE_NOT_FOUND')
      if (may(course, caller, 'see')) return toLecture(lecture)
      if (!(await enrolments.isEnrolled(courseId, caller.id))) throw fail('LECTURE_NOT_FOUND')
      if (!(await snapshots.holdsLecture(courseId, lectureId))) throw fail('LECTURE_NOT_FOUND')
      return toLecture(lecture)
    },
  })
}
