import type { Sketches } from '../flush/sketches.ts'
import type { AnalyticsStore } from '../flush/store.ts'
import type { LiveReader } from './live.ts'
import { mergeCounts, type Counts, type Uniques } from './rules.ts'

export type ReaderDeps = {
  live: LiveReader
  sketches: Pick<Sketches, 'stored' | 'restore'>
  analytics: Pick<AnalyticsStore, 'read'>
}
export type ReadNumbers = (
  courseId: string,
  lectureIds: string[],
) => Promise<{ counts: Counts; uniques: Uniques }>

/** Live and stored numbers as one, exact in the middle of a flush; two round trips to Redis at most. */
export const createReader =
  ({ live, sketches, analytics }: ReaderDeps): ReadNumbers =>
  async (courseId, lectureIds) => {
    // Redis before MongoDB, always: see mergeCounts.
    const counted = await live.read(courseId, lectureIds)
    const stored = await analytics.read(courseId)
    const counts = mergeCounts(counted.parts, stored, lectureIds)
    if (counted.whole) return { counts, uniques: counted.uniques }
    const all = await sketches.stored(courseId)
    // Sent one after the other, in one round trip.
    const restored = sketches.restore(courseId, all)
    const uniques = await live.uniques(courseId, lectureIds)
    await restored
    return { counts, uniques }
  }
