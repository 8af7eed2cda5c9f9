import {
  courseDeleted,
  coursePublished,
  courseStaffChanged,
  courseWithdrawn,
  enrolmentCreated,
  enrolmentEnded,
} from '@aetherlearn/contracts/course/events'
import type { Payload } from '@aetherlearn/contracts/shape'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { NamesStore } from '../notes/names-store.ts'
import type { Directory } from './directory.ts'
import type { PackageStore } from './packages-store.ts'
import type { StaffStore } from './staff-store.ts'
import type { CourseStore } from './store.ts'

export type CourseEventDeps = {
  store: CourseStore
  directory: Pick<Directory, 'forgetCourse' | 'forgetEnrolment'>
  names: Pick<NamesStore, 'save' | 'remove'>
  staff: Pick<StaffStore, 'saveCreator' | 'saveStaff' | 'remove'>
  packages: Pick<PackageStore, 'save' | 'remove'>
  erasure: Pick<Erasure, 'among'>
}

/** What we hear of courses and enrolments; an event that comes late or again changes nothing. */
export function courseEvents(deps: CourseEventDeps): EventHandler[] {
  const { store, directory, names, staff, packages, erasure } = deps
  const keepEnrolment =
    (active: boolean) => async (fact: Payload<typeof enrolmentCreated>, session: Session) => {
      if ((await erasure.among([fact.userId], session)).size > 0) return
      await store.saveEnrolment({ ...fact, active }, session)
      return async () => directory.forgetEnrolment(fact.userId, fact.courseId)
    }
  return [
    on(coursePublished, async (course, session) => {
      if (await store.saveCourse(course, session)) {
        await names.save(course, session)
        await packages.save(course, session)
      }
      await staff.saveCreator(course, session)
      return () => directory.forgetCourse(course.courseId)
    }),
    on(courseStaffChanged, (change, session) => staff.saveStaff(change, session)),
    on(courseWithdrawn, async () => {
      // Enrolled students keep a withdrawn course, and nobody new can enrol: nothing changes for progress.
    }),
    on(courseDeleted, async (course, session) => {
      await store.removeCourse(course, session)
      // Their students keep the notes; each knows what its lecture was called.
      await names.remove(course.courseId, session)
      await staff.remove(course.courseId, session)
      await packages.remove(course.courseId, session)
      return () => directory.forgetCourse(course.courseId)
    }),
    on(enrolmentCreated, keepEnrolment(true)),
    on(enrolmentEnded, keepEnrolment(false)),
  ]
}
