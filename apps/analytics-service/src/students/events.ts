import { enrolmentCreated, enrolmentEnded } from '@aetherlearn/contracts/course/events'
import { userRegistered, userUpdated } from '@aetherlearn/contracts/identity'
import { courseCompleted, lectureCompleted } from '@aetherlearn/contracts/progress'
import type { Payload } from '@aetherlearn/contracts/shape'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { Consents } from '../consent/consents.ts'
import type { CourseStore } from '../courses/store.ts'
import type { NamesStore } from './names-store.ts'
import type { Member, StudentStore } from './store.ts'

export type StudentEventDeps = {
  students: Pick<StudentStore, 'saveEnrolment' | 'saveLecture' | 'saveLectureOfNobody' | 'saveCompletion'>
  names: Pick<NamesStore, 'save'>
  courses: Pick<CourseStore, 'isRemoved'>
  erasure: Pick<Erasure, 'among'>
  consents: Pick<Consents, 'refusedAmong'>
}

/** What we hear of students; an event that comes late or again changes nothing. */
export function studentEvents(deps: StudentEventDeps): EventHandler[] {
  const { students, names, courses, erasure, consents } = deps
  /** Nothing of people who were erased, and nothing of courses that were removed. */
  const stillKept = async ({ userId, courseId }: Member, session: Session) =>
    (await erasure.among([userId], session)).size === 0 && !(await courses.isRemoved(courseId, session))
  const isWithheld = async ({ userId }: Member, session: Session) =>
    (await consents.refusedAmong([userId], session)).size > 0
  const saveEnrolment =
    (enrolled: boolean) =>
    async ({ at, ...fact }: Payload<typeof enrolmentCreated>, session: Session) => {
      if (!(await stillKept(fact, session))) return
      const withheld = await isWithheld(fact, session)
      await students.saveEnrolment({ ...fact, enrolled, at: new Date(at), withheld }, session)
    }
  const saveName = ({ userId, fullName, email, at }: Payload<typeof userUpdated>, session: Session) =>
    names.save({ userId, fullName, email, at: new Date(at) }, session)

  return [
    on(enrolmentCreated, saveEnrolment(true)),
    on(enrolmentEnded, saveEnrolment(false)),
    on(lectureCompleted, async ({ at, ...fact }, session) => {
      if (!(await stillKept(fact, session))) return
      if (await isWithheld(fact, session)) await students.saveLectureOfNobody(fact, session)
      else await students.saveLecture({ ...fact, at: new Date(at) }, session)
    }),
    on(courseCompleted, async ({ at, ...fact }, session) => {
      if ((await stillKept(fact, session)) && !(await isWithheld(fact, session)))
        await students.saveCompletion({ ...fact, at: new Date(at) }, session)
    }),
    on(userRegistered, saveName),
    on(userUpdated, saveName),
  ]
}
