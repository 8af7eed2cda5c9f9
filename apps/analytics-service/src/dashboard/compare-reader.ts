import { withLive, type PeriodNumbers } from './compare-rules.ts'
import type { DayStudents } from './day-students.ts'
import type { LectureStudents } from './lecture-students.ts'
import type { LiveReader } from './live.ts'
import type { Period } from './periods.ts'
import { daysBeyond } from './rules.ts'
import type { NumbersStore } from './store.ts'

export type PeriodReaderDeps = {
  live: LiveReader
  numbers: Pick<NumbersStore, 'readPeriod'>
  dayStudents: DayStudents
  lectureStudents: LectureStudents
}
export type ReadPeriod = (courseId: string, period: Period) => Promise<PeriodNumbers>

/** Live and stored numbers of a period as one, exact in the middle of a flush. */
export const createPeriodReader =
  ({ live, numbers, dayStudents, lectureStudents }: PeriodReaderDeps): ReadPeriod =>
  async (courseId, period) => {
    const readCounts = async () => {
      // Redis before MongoDB, always: see daysBeyond.
      const { parts } = await live.read(courseId, [], [])
      const ids = parts.map((part) => part.id)
      const { applied, ...stored } = await numbers.readPeriod(courseId, ids, period)
      return withLive(stored, period, daysBeyond(parts, applied))
    }
    const [stored, uniqueStudents, students] = await Promise.all([
      readCounts(),
      dayStudents(courseId, period),
      lectureStudents(courseId, period),
    ])
    return { period, stored, uniqueStudents, lectureStudents: students }
  }
