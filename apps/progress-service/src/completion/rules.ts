import type { CompletionRule } from '@aetherlearn/contracts/course/completion'
import type { LectureCompletion } from '@aetherlearn/contracts/progress/completion'
import { lengthOf, SMALLEST_GAP, unite, without, type Ranges } from '../watch/ranges.ts'
import type { Watched } from '../watch/rules.ts'

/** A course as far as watching it completes its lectures. */
export type Completable = { lectures: ReadonlyMap<string, number>; completion: CompletionRule }

/** No player runs to the very end of each file, so the last second is never asked for, nor a tenth of a short lecture. */
const END_SECONDS = 1
const END_SHARE = 0.1

const toHundredth = (seconds: number) => Math.round(seconds * 100) / 100

/** So much different material completes a lecture; 0 where watching completes nothing. */
export function neededSeconds(durationSeconds: number, { by, watchedShare }: CompletionRule): number {
  if (by === 'hand' || durationSeconds <= 0) return 0
  const end = durationSeconds - Math.min(END_SECONDS, durationSeconds * END_SHARE)
  return Math.floor(100 * Math.min(durationSeconds * watchedShare, end)) / 100
}

/** What was watched of a lecture that is as long as this now: its video may have been replaced by a shorter one. */
export const watchedWithin = (ranges: Ranges, durationSeconds: number): Ranges =>
  unite(ranges, [], SMALLEST_GAP).flatMap(([from, to]) =>
    from < durationSeconds ? [[from, Math.min(to, durationSeconds)]] : [],
  )

const watchedSecondsOf = (ranges: Ranges, durationSeconds: number) =>
  toHundredth(lengthOf(watchedWithin(ranges, durationSeconds)))

const NONE: ReadonlySet<string> = new Set()

/** Which lectures are completed by what was watched of them, without those that are `completed` already. */
export const reachedBy = (watched: Watched, course: Completable, completed = NONE): string[] =>
  Object.entries(watched).flatMap(([lectureId, ranges]) => {
    if (completed.has(lectureId)) return []
    const durationSeconds = course.lectures.get(lectureId) ?? 0
    const needed = neededSeconds(durationSeconds, course.completion)
    return needed > 0 && watchedSecondsOf(ranges, durationSeconds) >= needed ? [lectureId] : []
  })

/** Whether every lecture of the course is completed. */
export function isWhole(
  completed: ReadonlySet<string>,
  { lectures }: Pick<Completable, 'lectures'>,
): boolean {
  if (completed.size < lectures.size || lectures.size === 0) return false
  return [...lectures.keys()].every((lectureId) => completed.has(lectureId))
}

/** Whole percent, downwards: 100 means every lecture. */
export const percentage = (done: number, totalLectures: number): number =>
  totalLectures === 0 ? 0 : Math.floor((100 * done) / totalLectures)

type Counted = { lectures: Pick<ReadonlySet<string>, 'has'>; totalLectures: number }
/** Completed lectures that left the course count no more. */
export const doneIn = (completed: readonly string[], { lectures }: Counted): number =>
  completed.filter((lectureId) => lectures.has(lectureId)).length
export const completionPercentage = (completed: readonly string[], course: Counted): number =>
  percentage(doneIn(completed, course), course.totalLectures)

/** `3:07`, `1:02:00`. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts
  return [String(first), ...rest.map((part) => String(part).padStart(2, '0'))].join(':')
}

type Lecture = { durationSeconds: number; completion: CompletionRule }

/** What a lecture lacks to be completed. */
export function lackOf(lecture: Lecture, ranges: Ranges, completed: boolean): LectureCompletion {
  const { durationSeconds, completion: rule } = lecture
  const watched = watchedWithin(ranges, durationSeconds)
  const figures = {
    completed,
    rule,
    durationSeconds,
    watchedSeconds: toHundredth(lengthOf(watched)),
    neededSeconds: neededSeconds(durationSeconds, rule),
    missing: without([[0, durationSeconds]], watched).filter(([from, to]) => to - from >= SMALLEST_GAP),
  }
  return { ...figures, explanation: explain(figures) }
}

function explain(figures: Omit<LectureCompletion, 'explanation'>): string {
  const { completed, rule, durationSeconds, watchedSeconds, neededSeconds: needed } = figures
  if (completed) return 'You have completed this lecture.'
  if (rule.by === 'hand') return 'This lecture is completed when you mark it as completed.'
  if (needed === 0)
    return 'It is not known how long this lecture is, so it is completed when you mark it as completed.'
  const left = Math.ceil(needed - watchedSeconds)
  const seen = `You have watched ${clock(watchedSeconds)} of ${clock(durationSeconds)}`
  const lack = `${seen}; the lecture is completed at ${clock(needed)}, so ${clock(left)} more is needed`
  return rule.by === 'either' ? `${lack}, or you mark it as completed.` : `${lack}.`
}
