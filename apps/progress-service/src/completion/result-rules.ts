import { defaultPassingScore } from '@aetherlearn/contracts/course/completion'
import type { PartResult } from '@aetherlearn/contracts/progress/completion'
import type { KnownLecture, TaskItem } from '../courses/lectures.ts'

/** How a student did in an item of a package, in the whole of it, or in a question. */
export type KeptResult = PartResult & {
  kind: 'item' | 'question'
  /** Whether it ever said anything of passing: who says nothing cannot fail. */
  judged: boolean
}
type Asked = Pick<KnownLecture, 'completion' | 'task'>
export type Told = {
  parts: number
  partsDone: number
  /** Of questions. */
  score?: number
  /** Whether it is enough for the lecture to be completed. */
  isReached: boolean
}

/** What is not watched does not wait for watching: what is asked for instead. */
export function taskOf({ completion, task }: Asked): 'watching' | 'package' | 'questions' {
  if (task?.items !== undefined) return 'package'
  return completion.by === 'passing' && task?.questions !== undefined ? 'questions' : 'watching'
}

const isPassing = ({ completion }: Asked) => completion.by === 'passing'
export const passingScoreOf = ({ completion }: Asked): number =>
  completion.passingScore ?? defaultPassingScore

/** Means of tenths do not come out even. */
const TINY = 1e-9
const isAtLeast = (score: number | undefined, least: number) => score !== undefined && score >= least - TINY

/** Where an item said nothing, what was said of the whole holds for it. */
function resultsOfItems(items: readonly TaskItem[], results: readonly KeptResult[]) {
  const byId = new Map(results.flatMap((one) => (one.kind === 'item' ? [[one.partId, one]] : [])))
  return items.map((item) => ({ item, result: byId.get(item.itemId) ?? byId.get(undefined) }))
}

/** Content has neither score nor pass: it is done with when it is completed, if something else was passed. */
function ofPackage(asked: Asked, items: readonly TaskItem[], results: readonly KeptResult[]): Told {
  const least = passingScoreOf(asked)
  const all = resultsOfItems(items, results).map(({ item, result }) => ({
    passed: result !== undefined && (result.passed || isAtLeast(result.bestScore, least)),
    completed: result?.completed === true,
    isContent: !item.graded && result?.judged === false,
  }))
  const done = all.filter(({ passed, completed, isContent }) =>
    isPassing(asked) ? passed || (completed && isContent) : completed,
  )
  const isEnough = !isPassing(asked) || all.some(({ passed }) => passed)
  return {
    parts: all.length,
    partsDone: done.length,
    isReached: all.length > 0 && done.length === all.length && isEnough,
  }
}

/** The best of each, the mean of all; of questions that the lecture no longer has the best ones still count. */
function ofQuestions(asked: Asked, questions: number, results: readonly KeptResult[]): Told {
  const best = results
    .flatMap(({ kind, bestScore }) => (kind === 'question' && bestScore !== undefined ? [bestScore] : []))
    .sort((a, b) => b - a)
    .slice(0, questions)
  const score = best.reduce((sum, one) => sum + one, 0) / questions
  return {
    parts: questions,
    partsDone: best.length,
    score,
    isReached: isAtLeast(score, passingScoreOf(asked)),
  }
}

/** How far a lecture is by what was reported of it; nothing where it is completed by watching. */
export function toldBy(asked: Asked, results: readonly KeptResult[]): Told {
  const { items, questions } = asked.task ?? {}
  const told = [
    ...(items === undefined ? [] : [ofPackage(asked, items, results)]),
    ...(questions !== undefined && isPassing(asked) ? [ofQuestions(asked, questions, results)] : []),
  ]
  const score = told.find((one) => one.score !== undefined)?.score
  return {
    parts: told.reduce((sum, { parts }) => sum + parts, 0),
    partsDone: told.reduce((sum, { partsDone }) => sum + partsDone, 0),
    ...(score !== undefined && { score }),
    isReached: told.length > 0 && asked.completion.by !== 'hand' && told.every(({ isReached }) => isReached),
  }
}

/** 0.8 → `80 %`, downwards: what is shown as enough is enough. */
const percent = (share: number) => `${Math.floor(share * 1000 + TINY) / 10} %`

const one = (count: number) => (count === 1 ? 'is' : 'are')

/** What is missing, as a sentence without its end. */
export function explainTold(asked: Asked, { parts, partsDone, score }: Told): string {
  const least = percent(passingScoreOf(asked))
  if (taskOf(asked) === 'questions')
    return `This lecture is completed by ${least} in its questions; you have answered ${partsDone} of ${parts} and have ${percent(score ?? 0)} so far`
  const so = `${partsDone} of ${parts} ${one(partsDone)} done`
  if (!isPassing(asked))
    return parts === 1
      ? 'This lecture is completed when you have gone through it to its end'
      : `This lecture is completed when you have gone through all its parts; ${so}`
  return parts === 1
    ? `This lecture is completed by passing it, or by a score of ${least}`
    : `This lecture is completed by passing its parts, or by a score of ${least} in each; ${so}`
}
