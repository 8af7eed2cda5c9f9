import { questionAnswered } from '@aetherlearn/contracts/analytics/students'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Completion } from './completion.ts'

export type AnswerDeps = {
  completion: Pick<Completion, 'hearAnswer'>
  erasure: Pick<Erasure, 'among'>
}

/** Answers to questions, which complete lectures that have to be passed. */
export const answerEvents = ({ completion, erasure }: AnswerDeps): EventHandler[] => [
  on(questionAnswered, async ({ userId, courseId, lectureId, questionId, score, at }, session, traceId) => {
    if ((await erasure.among([userId], session)).size > 0) return
    const place = { userId, courseId, lectureId, itemId: questionId }
    return completion.hearAnswer(place, { score, at: new Date(at) }, traceId, session)
  }),
]
