import type { Batch, Batches } from './batches.ts'
import type { SketchName } from './sketch-store.ts'
import type { Sketches } from './sketches.ts'
import type { AnalyticsStore } from './store.ts'

export type FlusherDeps = {
  batches: Batches
  sketches: Pick<Sketches, 'keep' | 'count'>
  analytics: Pick<AnalyticsStore, 'apply'>
  now?: () => number
}
export type Flusher = {
  /**
   * Brings all counts to MongoDB and answers how many batches that were; any number of them may run at once. Throws
   * at the first failure: what was claimed stays claimed, and the next flush goes on with it.
   */
  flushOnce(): Promise<number>
}

const BUCKETS_AT_ONCE = 4
/** Far below the time that the ids of batches are kept: a flusher that slept longer must not apply one again. */
const BATCH_MAX_AGE_MS = 60_000

export function createFlusher({ batches, sketches, analytics, now = Date.now }: FlusherDeps): Flusher {
  async function flushBucket(bucket: number): Promise<number> {
    const claimedAt = now()
    const claim = await batches.claim(bucket)
    if (claim === undefined) return 0
    const { batch, leftBehind } = claim
    // Before the counts, so that nobody is counted whose trace could still be lost.
    await sketches.keep(watched(batch))
    const uniqueUsers = await sketches.count(batch.courses.map((course) => course.courseId))
    if (now() - claimedAt > BATCH_MAX_AGE_MS) throw new Error('A flush was held up for over a minute')
    await analytics.apply(batch, uniqueUsers, new Date(now()))
    await batches.drop(bucket, batch.id)
    return leftBehind ? 1 + (await flushBucket(bucket)) : 1
  }

  async function flushOnce(): Promise<number> {
    let flushed = 0
    let next = 0
    const worker = async () => {
      while (next < batches.buckets) {
        const bucket = next
        next += 1
        const count = await flushBucket(bucket)
        flushed += count
      }
    }
    const stopAll = (error: unknown) => {
      next = batches.buckets
      throw error
    }
    await Promise.all(Array.from({ length: BUCKETS_AT_ONCE }, () => worker().catch(stopAll)))
    return flushed
  }
  return { flushOnce }
}

/** The sketches that this batch may have changed. */
function watched(batch: Batch): SketchName[] {
  return batch.courses
    .filter((course) => course.watchTimeMs > 0)
    .flatMap(({ courseId, lectures }) => [
      { courseId },
      ...[...lectures]
        .filter(([, { watchTimeMs }]) => watchTimeMs > 0)
        .map(([lectureId]) => ({ courseId, lectureId })),
    ])
}
