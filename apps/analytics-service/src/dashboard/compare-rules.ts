import type { Comparison } from '@aetherlearn/contracts/analytics/dashboard'
import type { LectureCounts } from '../batch.ts'
import type { KnownCourse } from '../courses/store.ts'
import type { Period } from './periods.ts'
import { addDay, average, seconds, type daysBeyond, type StoredPeriod } from './rules.ts'

export type PeriodNumbers = {
  period: Period
  stored: StoredPeriod
  uniqueStudents: number
  lectureStudents: Map<string, number>
}

/** A stored period together with the days of live batches that lie in it. */
export const withLive = (stored: StoredPeriod, { from, to }: Period, live: ReturnType<typeof daysBeyond>) =>
  live
    .filter(([day]) => day >= from && day <= to)
    .reduce((sum, [day, counts]) => addDay(sum, day, counts), stored)

function periodOf({ period, stored, uniqueStudents }: PeriodNumbers): Comparison['period'] {
  const days = [...stored.days.values()]
  const watchTimeMs = days.reduce((sum, day) => sum + day.watchTimeMs, 0)
  return {
    ...period,
    views: days.reduce((sum, day) => sum + day.views, 0),
    playbacks: days.reduce((sum, day) => sum + day.playbacks, 0),
    watchTimeSeconds: seconds(watchTimeMs),
    uniqueStudents,
    averageWatchTimeSeconds: average(watchTimeMs, uniqueStudents),
  }
}

/** To a tenth of a percent. */
export const changeOf = (before: number, now: number) =>
  before === 0 ? null : Math.round((1000 * (now - before)) / before) / 10

const none: LectureCounts = { views: 0, watchTimeMs: 0 }

function lectureOf({ stored, lectureStudents }: PeriodNumbers, lectureId: string) {
  const { views, watchTimeMs } = stored.lectures.get(lectureId) ?? none
  const uniqueStudents = lectureStudents.get(lectureId) ?? 0
  return { views, watchTimeSeconds: seconds(watchTimeMs), uniqueStudents }
}

export function comparisonOf(course: KnownCourse, now: PeriodNumbers, before: PeriodNumbers): Comparison {
  const [period, against] = [periodOf(now), periodOf(before)]
  const change = (number: keyof Comparison['change']) => changeOf(against[number], period[number])
  return {
    period,
    against,
    change: {
      views: change('views'),
      playbacks: change('playbacks'),
      watchTimeSeconds: change('watchTimeSeconds'),
      uniqueStudents: change('uniqueStudents'),
      averageWatchTimeSeconds: change('averageWatchTimeSeconds'),
    },
    lectures: course.lectures.map(({ lectureId, lectureTitle }) => ({
      lectureId,
      lectureTitle,
      period: lectureOf(now, lectureId),
      against: lectureOf(before, lectureId),
    })),
  }
}
