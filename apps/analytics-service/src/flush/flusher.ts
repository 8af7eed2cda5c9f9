import { dayOf, type Batch } from '../batch.ts'
import type { Batches } from './batches.ts'
import type { PlaybackStore } from './playback-store.ts'
import { COURSES_AT_ONCE } from './rows-store.ts'
import type { SketchName } from './sketch-store.ts'
import type { Sketches } from './sketches.ts'
import type { AnalyticsStore } from './store.ts'

export type FlusherDeps = {
  batches: Batches
  sketches: Pick<Sketches, 'keep' | 'count' | 'retire'>
  playbacks: PlaybackStore
  analytics: AnalyticsStore
  now?: () => number
}
export type Flusher = {
  /**
   * Brings all counts to MongoDB and answers how many batches that were; any number of them may run at once. A course that
   * fails does not keep the others, and the flush has failed all the same: what was claimed stays claimed, and the next
   * one goes on with it.
   */
  flushOnce(): Promise<number>
}

/** So many in a row, and it is not the courses: the rest is left to the next flush. */
const FAILURES_IN_A_ROW = 16
/** Far below the time that the ids of batches are kept: a flusher that slept longer must not apply one again. */
const BATCH_MAX_AGE_MS = 60_000
/** So long after its end a day is over for reports that were under way. */
const DAY_OVER_AFTER_MS = 3_600_000

export function createFlusher(deps: FlusherDeps): Flusher {
  const { batches, sketches, playbacks, analytics, now = Date.now } = deps

  async function flushCourse(courseId: string): Promise<number> {
    const claimedAt = now()
    const claim = await batches.claim(courseId)
    if (claim === undefined) return 0
    const { batch, leftBehind } = claim
    // Before the counts, so that nobody is counted whose trace could still be lost.
    await sketches.keep(watched(batch))
    await playbacks.keep(courseId, batch.playbacks, batch.beganAt)
    const uniques = await sketches.count(courseId, [...batch.days.keys()])
    if (now() - claimedAt > BATCH_MAX_AGE_MS) throw new Error('A flush was held up for over a minute')
    const storedAt = leftBehind ? {} : { storedAt: new Date(claimedAt) }
    await analytics.apply(batch, { uniques, at: new Date(now()), ...storedAt })
    await batches.drop(courseId, batch.id)
    if (leftBehind) return 1 + (await flushCourse(courseId))
    // All that was counted on days before is stored now.
    await sketches.retire(courseId, dayOf(claimedAt - DAY_OVER_AFTER_MS))
    return 1
  }

  async function flushOnce(): Promise<number> {
    const courses = rotated(await batches.dirty())
    const failures: unknown[] = []
    let [flushed, next, inARow] = [0, 0, 0]
    const worker = async () => {
      while (next < courses.length && inARow < FAILURES_IN_A_ROW) {
        const courseId = courses[next] ?? ''
        next += 1
        try {
          const count = await flushCourse(courseId)
          flushed += count
          inARow = 0
        } catch (error) {
          failures.push(error)
          inARow += 1
        }
      }
    }
    await Promise.all(Array.from({ length: COURSES_AT_ONCE }, worker))
    if (failures.length > 0) {
      const [first] = failures
      const message = `${failures.length} of ${courses.length} courses failed: ${String(first)}`
      throw new AggregateError(failures, message)
    }
    return flushed
  }
  return { flushOnce }
}

/** From anywhere on, so that flushers at once do not meet at the same courses. */
function rotated(courses: string[]): string[] {
  const start = Math.floor(Math.random() * courses.length)
  return [...courses.slice(start), ...courses.slice(0, start)]
}

/** The sketches that this batch may have changed. */
function watched({ courseId, days }: Batch): SketchName[] {
  const lectures = new Set<string>()
  const watchedDays: string[] = []
  for (const [day, counts] of days) {
    const onDay = [...counts.lectures].filter(([, { watchTimeMs }]) => watchTimeMs > 0)
    if (onDay.length > 0) watchedDays.push(day)
    for (const [lectureId] of onDay) lectures.add(lectureId)
  }
  if (lectures.size === 0) return []
  return [
    { courseId },
    ...watchedDays.map((day) => ({ courseId, day })),
    ...[...lectures].map((lectureId) => ({ courseId, lectureId })),
  ]
}
