import { questionAnswered } from '@aetherlearn/contracts/analytics/students'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Unnamed } from '../consent/unnamed.ts'
import type { CourseStore } from '../courses/store.ts'
import type { AnswersStore } from './answers-store.ts'

export type LectureEventDeps = {
  answers: Pick<AnswersStore, 'save'>
  courses: Pick<CourseStore, 'isRemoved'>
  unnamed: Unnamed
}

/** What we hear of answers to questions; an event that comes late or again changes nothing. */
export function lectureEvents({ answers, courses, unnamed }: LectureEventDeps): EventHandler[] {
  return [
    on(questionAnswered, async ({ at, ...answer }, session) => {
      if ((await unnamed.among([answer.userId], session)).size > 0) return
      if (await courses.isRemoved(answer.courseId, session)) return
      await answers.save({ ...answer, at: new Date(at) }, session)
    }),
  ]
}
