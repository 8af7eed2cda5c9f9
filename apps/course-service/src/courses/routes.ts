import { courseApi } from '@aetherlearn/contracts/course'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { seenLecture, type SeenDeps } from '../media/seen.ts'
import { toStudentLecture } from '../publishing/store.ts'
import type { WithPicture } from '../thumbnails/links.ts'
import { isKnown, roleIn } from './rules.ts'
import { toLecture } from './rows.ts'

export type CourseDeps = SeenDeps & { withPicture: WithPicture }

export function courseRoutes(app: Server, deps: CourseDeps) {
  const { courses, snapshots, enrolments, withPicture } = deps
  app.route({
    ...courseApi.listTaught,
    handler: async ({ caller }) =>
      (await courses.listTaught(caller.id)).map((course) => withPicture(course, caller)),
  })
  app.route({
    ...courseApi.getCourse,
    handler: async ({ caller, params: { courseId } }) => {
      const course = await courses.findCourse(courseId)
      if (course === null) throw fail('COURSE_NOT_FOUND')
      const role = roleIn(course, caller)
      if (role !== undefined) return withPicture(await courses.outline(course, role), caller)
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
