import type { Sketches } from '../flush/sketches.ts'
import type { LiveReader } from './live.ts'
import { daysIn, lastDays, type Period } from './periods.ts'
import { mergeCounts, type Counts, type Uniques } from './rules.ts'
import type { NumbersStore } from './store.ts'

export type ReaderDeps = {
  live: LiveReader
  sketches: Pick<Sketches, 'stored' | 'restore'>
  numbers: Pick<NumbersStore, 'read'>
}
export type ReadNumbers = (
  courseId: string,
  lectureIds: string[],
  period: Period,
) => Promise<{ counts: Counts; uniques: Uniques }>

/** Live and stored numbers as one, exact in the middle of a flush; two round trips to Redis at most. */
export const createReader =
  ({ live, sketches, numbers }: ReaderDeps): ReadNumbers =>
  async (courseId, lectureIds, period) => {
    const days = daysIn(period)
    // Redis before MongoDB, always: see mergeCounts.
    const counted = await live.read(courseId, lectureIds, days)
    const batchIds = counted.parts.map((part) => part.id)
    const stored = await numbers.read(courseId, batchIds, period)
    const counts = mergeCounts(counted.parts, stored)
    if (counted.whole) return { counts, uniques: counted.uniques }
    // Days before are over: what is stored of them is all there is.
    const yesterday = lastDays(2, Date.parse(period.to)).from
    const all = await sketches.stored(courseId, yesterday)
    // Sent one after the other, in one round trip.
    const restored = sketches.restore(courseId, all)
    const { uniques } = await live.read(courseId, lectureIds, days)
    await restored
    return { counts, uniques }
  }
