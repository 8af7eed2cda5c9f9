import { Type, type Static } from 'typebox'
import { CompletionRule } from '../course/completion.ts'
import { Id, Strict, endpoint, socketMessage } from '../shape.ts'
import { WatchedRanges } from './shapes.ts'

/** What a lecture lacks to be completed. */
export const LectureCompletion = Type.Object({
  completed: Type.Boolean(),
  /** Of the course, for all its lectures. */
  rule: CompletionRule,
  /** 0 where it is not known: such a lecture is completed by hand alone. */
  durationSeconds: Type.Number(),
  /** Of different material. */
  watchedSeconds: Type.Number(),
  /** As many complete it by themselves; 0 where watching completes nothing. */
  neededSeconds: Type.Number(),
  /** What has not been watched yet. */
  missing: WatchedRanges,
  /** All of this for a person. */
  explanation: Type.String(),
})
export type LectureCompletion = Static<typeof LectureCompletion>

export const completionApi = {
  getCompletion: endpoint({
    method: 'GET',
    url: '/api/v1/progress/:courseId/lecture/:lectureId/completion',
    summary: 'Why a lecture is not completed yet, and what of it the caller has not watched',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: Strict({ courseId: Id, lectureId: Id }), response: { 200: LectureCompletion } },
  }),
}

/** To the student's devices, after a lecture was completed by hand or by watching. */
export const completionReached = socketMessage(
  'lecture.completed',
  Type.Object({
    courseId: Id,
    lectureId: Id,
    /** Of the course. */
    completionPercentage: Type.Integer({ minimum: 0, maximum: 100 }),
  }),
)
