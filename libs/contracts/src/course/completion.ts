import { Type, type Static } from 'typebox'
import { OneOf, Strict } from '../shape.ts'

/** What completes a lecture: its student saying so, having watched enough of it, or whichever comes first. */
export const completionWays = ['either', 'watching', 'hand'] as const
export type CompletionWay = (typeof completionWays)[number]

/** When the lectures of a course are completed. */
export const CompletionRule = Strict({
  by: OneOf(completionWays),
  /** Of the lecture's length, how much different material must have been watched; also kept where `by` is `hand`. */
  watchedShare: Type.Number({ minimum: 0.1, maximum: 1 }),
})
export type CompletionRule = Static<typeof CompletionRule>

/** Of a course that names no rule; most students skip the outro. */
export const defaultCompletion: CompletionRule = { by: 'either', watchedShare: 0.9 }

export const isDefaultCompletion = ({ by, watchedShare }: CompletionRule): boolean =>
  by === defaultCompletion.by && watchedShare === defaultCompletion.watchedShare
