import { Type, type Static } from 'typebox'
import { OneOf, Strict } from '../shape.ts'

/**
 * What completes a lecture: its student saying so, having watched enough of it, or whichever comes first; or `passing`,
 * where packages and questions have to be passed, and lectures with neither to be watched. A package says itself how it
 * went, which stands in the place of watching.
 */
export const completionWays = ['either', 'watching', 'hand', 'passing'] as const
export type CompletionWay = (typeof completionWays)[number]

/** The longest end of a lecture that need not be watched. */
export const LONGEST_SLACK_SECONDS = 600

/** When the lectures of a course are completed. */
export const CompletionRule = Strict({
  by: OneOf(completionWays),
  /** Of the lecture's length, how much different material must have been watched; also kept where `by` is `hand`. */
  watchedShare: Type.Number({ minimum: 0.1, maximum: 1 }),
  /**
   * Credits at the end of each lecture, which need not be watched and do not count as watched; of a short lecture at most
   * half. Absent: none.
   */
  endSlackSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: LONGEST_SLACK_SECONDS })),
  /** From which score on something is passed, where `by` is `passing`. Absent: `defaultPassingScore`. */
  passingScore: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
})
export type CompletionRule = Static<typeof CompletionRule>

/** Of a course that names no rule; most students skip the outro. */
export const defaultCompletion: CompletionRule = { by: 'either', watchedShare: 0.9 }
export const defaultPassingScore = 0.8

export const isDefaultCompletion = ({ by, watchedShare, endSlackSeconds = 0 }: CompletionRule): boolean =>
  by === defaultCompletion.by && watchedShare === defaultCompletion.watchedShare && endSlackSeconds === 0
