import { questionAnswered } from '@aetherlearn/contracts/analytics/students'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { CourseStore } from '../courses/store.ts'
import type { AnswersStore } from './answers-store.ts'

export type LectureEventDeps = {
  answers: Pick<AnswersStore, 'save'>
  courses: Pick<CourseStore, 'isRemoved'>
  erasure: Pick<Erasure, 'among'>
}

/** What we hear of answers to questions; an event that comes late or again changes nothing. */
export function lectureEvents({ answers, courses, erasure }: LectureEventDeps): EventHandler[] {
  return [
    on(questionAnswered, async ({ at, ...answer }, session) => {
      if ((await erasure.among([answer.userId], session)).size > 0) return
      if (await courses.isRemoved(answer.courseId, session)) return
      await answers.save({ ...answer, at: new Date(at) }, session)
    }),
  ]
}
