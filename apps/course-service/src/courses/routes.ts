import { courseApi } from '@aetherlearn/contracts/course'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { seenLecture, type SeenDeps } from '../media/seen.ts'
import { toStudentLecture } from '../publishing/store.ts'
import { isKnown, roleIn } from './rules.ts'
import { toLecture } from './rows.ts'

export type CourseDeps = SeenDeps

export function courseRoutes(app: Server, deps: CourseDeps) {
  const { courses, snapshots, enrolments } = deps
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
      const { side, lecture } = await seenLecture(deps, lectureId, caller, 'LECTURE_NOT_FOUND')
      return side === 'people' ? toLecture(lecture) : toStudentLecture(lectureId, lecture)
    },
  })
}
