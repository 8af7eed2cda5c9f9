import { Type, type Static } from 'typebox'
import { CompletionRule } from '../course/completion.ts'
import { Id, Instant, OneOf, Strict, endpoint, socketMessage } from '../shape.ts'
import { WatchedRanges } from './shapes.ts'

/** What stands between a student and a lecture that is not completed by hand alone. */
export const completionTasks = ['watching', 'package', 'questions'] as const

/** How a student did in a part of a lecture: an item of its package, or a question. */
export const PartResult = Type.Object({
  /** `PackageItem.itemId`, or the question's id. Absent: the lecture as a whole. */
  partId: Type.Optional(Type.String()),
  completed: Type.Boolean(),
  passed: Type.Boolean(),
  /** The best of all reports and that of the last one, 0 to 1; absent where no score was reported. */
  bestScore: Type.Optional(Type.Number()),
  lastScore: Type.Optional(Type.Number()),
  /** Of the last report. */
  at: Instant,
})
export type PartResult = Static<typeof PartResult>

/** What a lecture lacks to be completed. */
export const LectureCompletion = Type.Object({
  completed: Type.Boolean(),
  /** Of the course, for all its lectures. */
  rule: CompletionRule,
  /** What completes this lecture by itself, as long as the rule is not `hand`. */
  task: OneOf(completionTasks),
  /** Whether its student may say so. */
  byHand: Type.Boolean(),
  /** 0 where it is not known: such a lecture is completed by hand alone. */
  durationSeconds: Type.Number(),
  /** Of the length, how much at the end counts for nothing. */
  endSlackSeconds: Type.Number(),
  /** Of different material before that end. */
  watchedSeconds: Type.Number(),
  /** As many complete it by themselves; 0 where watching completes nothing. */
  neededSeconds: Type.Number(),
  /** What has not been watched yet. */
  missing: WatchedRanges,
  /** Of the package's items or the questions, as far as there is one; in no particular order. */
  results: Type.Array(PartResult),
  /** How many parts have to be completed or passed, and how many of them are. 0 where the task is watching. */
  parts: Type.Integer(),
  partsDone: Type.Integer(),
  /** The mean of each question's best score; those not answered count as 0. Only where the task is `questions`. */
  score: Type.Optional(Type.Number()),
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
