import { courseDeleted, coursePublished, courseStaffChanged } from '@aetherlearn/contracts/course/events'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { DigestStore } from '../digests/store.ts'
import type { AnswersStore } from '../lectures/answers-store.ts'
import type { StudentStore } from '../students/store.ts'
import type { VersionStore } from '../versions/store.ts'
import type { Directory } from './directory.ts'
import type { StaffStore } from './staff-store.ts'
import type { CourseStore } from './store.ts'

export type CourseEventDeps = {
  store: Pick<CourseStore, 'save' | 'remove'>
  staff: Pick<StaffStore, 'save'>
  students: Pick<StudentStore, 'removeCourse'>
  answers: Pick<AnswersStore, 'removeCourse'>
  digests: Pick<DigestStore, 'removeCourse'>
  versions: Pick<VersionStore, 'save' | 'removeCourse'>
  directory: Pick<Directory, 'forget'>
  now: () => number
}

/** What we hear of courses; an event that comes late or again changes nothing. */
export function courseEvents(deps: CourseEventDeps): EventHandler[] {
  const { store, staff, students, answers, digests, versions, directory, now } = deps
  return [
    on(coursePublished, async ({ courseId, creatorId, title, version, lectures }, session) => {
      const isNews = await store.save({ courseId, creatorId, title, version, lectures }, session)
      if (isNews) await versions.save({ courseId, lectures, at: new Date(now()) }, session)
      return async () => directory.forget(courseId)
    }),
    on(courseDeleted, async (course, session) => {
      await store.remove(course, session)
      await students.removeCourse(course.courseId, session)
      await answers.removeCourse(course.courseId, session)
      await digests.removeCourse(course.courseId, session)
      await versions.removeCourse(course.courseId, session)
      return async () => directory.forget(course.courseId)
    }),
    on(courseStaffChanged, async (change, session) => {
      await staff.save(change, session)
      return async () => directory.forget(change.courseId)
    }),
  ]
}
