import type { CompletionRule } from '@aetherlearn/contracts/course/completion'
import type { LectureCompletion } from '@aetherlearn/contracts/progress/completion'
import { lectureIn, type KnownLecture, type LectureTask } from '../courses/lectures.ts'
import { lengthOf, SMALLEST_GAP, unite, without, type Ranges } from '../watch/ranges.ts'
import type { Watched } from '../watch/rules.ts'
import { explainTold, taskOf, toldBy, type KeptResult } from './result-rules.ts'

/** A course as far as watching it completes its lectures. */
export type Completable = {
  lectures: ReadonlyMap<string, number>
  completion: CompletionRule
  tasks?: ReadonlyMap<string, LectureTask>
}

/** No player runs to the very end of each file, so the last second is never asked for, nor a tenth of a short lecture. */
const END_SECONDS = 1
const END_SHARE = 0.1

const toHundredth = (seconds: number) => Math.round(seconds * 100) / 100

/** Of a short lecture the slack is at most this share, or nothing of it would have to be watched. */
const MOST_SLACK_SHARE = 0.5

/** So much at the end of the lecture need not be watched, and does not count as watched. */
export const slackOf = (durationSeconds: number, { endSlackSeconds = 0 }: CompletionRule): number =>
  Math.min(endSlackSeconds, Math.max(durationSeconds, 0) * MOST_SLACK_SHARE)

/** So much different material completes a lecture by watching; 0 where watching completes nothing. */
export function neededSeconds({ durationSeconds, completion, task }: KnownLecture): number {
  if (completion.by === 'hand' || durationSeconds <= 0) return 0
  if (taskOf({ completion, task }) !== 'watching') return 0
  const slack = slackOf(durationSeconds, completion)
  const end = durationSeconds - Math.min(END_SECONDS, durationSeconds * END_SHARE)
  return Math.floor(100 * Math.min((durationSeconds - slack) * completion.watchedShare, end)) / 100
}

/** Whether its student may say that it is completed: where nothing else completes it they must be able to. */
export function mayBeByHand(lecture: KnownLecture): boolean {
  const { by } = lecture.completion
  return by === 'hand' || by === 'either' || (taskOf(lecture) === 'watching' && neededSeconds(lecture) === 0)
}

/** What was watched of a lecture that is as long as this now: its video may have been replaced by a shorter one. */
export const watchedWithin = (ranges: Ranges, durationSeconds: number): Ranges =>
  unite(ranges, [], SMALLEST_GAP).flatMap(([from, to]) =>
    from < durationSeconds ? [[from, Math.min(to, durationSeconds)]] : [],
  )

const countedEnd = ({ durationSeconds, completion }: KnownLecture) =>
  durationSeconds - slackOf(durationSeconds, completion)

const watchedSecondsOf = (ranges: Ranges, lecture: KnownLecture) =>
  toHundredth(lengthOf(watchedWithin(ranges, countedEnd(lecture))))

const NONE: ReadonlySet<string> = new Set()

/** Which lectures are completed by what was watched of them, without those that are `completed` already. */
export const reachedBy = (watched: Watched, course: Completable, completed = NONE): string[] =>
  Object.entries(watched).flatMap(([lectureId, ranges]) => {
    if (completed.has(lectureId)) return []
    const lecture = lectureIn(course, lectureId)
    if (lecture === undefined) return []
    const needed = neededSeconds(lecture)
    return needed > 0 && watchedSecondsOf(ranges, lecture) >= needed ? [lectureId] : []
  })

/** Which lectures are not completed by watching, and not completed yet. */
export const openTasks = (course: Completable, completed = NONE): string[] =>
  [...(course.tasks?.keys() ?? [])].filter((lectureId) => {
    const lecture = completed.has(lectureId) ? undefined : lectureIn(course, lectureId)
    return lecture !== undefined && course.completion.by !== 'hand' && taskOf(lecture) !== 'watching'
  })

/** Which of these lectures are completed by what was reported of them. */
export const reportedBy = (
  results: ReadonlyMap<string, KeptResult[]>,
  course: Completable,
  lectureIds: readonly string[],
): string[] =>
  lectureIds.filter((lectureId) => {
    const lecture = lectureIn(course, lectureId)
    return lecture !== undefined && toldBy(lecture, results.get(lectureId) ?? []).isReached
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

/** What a student has done for a lecture. */
export type Done = { ranges: Ranges; results?: readonly KeptResult[]; completed: boolean }

/** What a lecture lacks to be completed. */
export function lackOf(lecture: KnownLecture, { ranges, results = [], completed }: Done): LectureCompletion {
  const { durationSeconds, completion: rule } = lecture
  const slack = slackOf(durationSeconds, rule)
  const watched = watchedWithin(ranges, durationSeconds - slack)
  const { isReached: _isReached, ...told } = toldBy(lecture, results)
  const figures = {
    completed,
    rule,
    task: taskOf(lecture),
    byHand: mayBeByHand(lecture),
    durationSeconds,
    endSlackSeconds: slack,
    watchedSeconds: toHundredth(lengthOf(watched)),
    neededSeconds: neededSeconds(lecture),
    missing: without([[0, durationSeconds - slack]], watched).filter(
      ([from, to]) => to - from >= SMALLEST_GAP,
    ),
    results: results.map(({ kind: _kind, judged: _judged, ...result }) => result),
    ...told,
  }
  return { ...figures, explanation: explain(lecture, figures) }
}

function explain(lecture: KnownLecture, figures: Omit<LectureCompletion, 'explanation'>): string {
  const { completed, rule, task, parts, partsDone, score } = figures
  if (completed) return 'You have completed this lecture.'
  if (rule.by === 'hand') return 'This lecture is completed when you mark it as completed.'
  if (task === 'watching' && figures.neededSeconds === 0)
    return 'It is not known how long this lecture is, so it is completed when you mark it as completed.'
  const told = { parts, partsDone, isReached: false, ...(score !== undefined && { score }) }
  const lack = task === 'watching' ? explainWatching(figures) : explainTold(lecture, told)
  return figures.byHand ? `${lack}, or you mark it as completed.` : `${lack}.`
}

type Watching = Pick<
  LectureCompletion,
  'durationSeconds' | 'watchedSeconds' | 'neededSeconds' | 'endSlackSeconds'
>
function explainWatching(figures: Watching): string {
  const { durationSeconds, watchedSeconds, neededSeconds: needed, endSlackSeconds } = figures
  const left = Math.ceil(needed - watchedSeconds)
  const end = endSlackSeconds > 0 ? ` (without the last ${clock(endSlackSeconds)})` : ''
  const seen = `You have watched ${clock(watchedSeconds)} of ${clock(durationSeconds - endSlackSeconds)}${end}`
  return `${seen}; the lecture is completed at ${clock(needed)}, so ${clock(left)} more is needed`
}
