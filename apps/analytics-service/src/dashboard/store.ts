import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'
import type { LectureCounts } from '../batch.ts'
import { createMoment } from '../flush/moment-store.ts'
import { analyticsRows, type CourseRow, type DayRow, type LectureDayRow } from '../flush/rows-store.ts'
import type { Period } from './periods.ts'
import type { StoredDay, StoredNumbers, StoredPeriod } from './rules.ts'

export type NumbersStore = {
  /** The sums of a course and its days within a period, all of one moment. */
  read(courseId: string, batchIds: string[], period: Period): Promise<StoredNumbers>
  /** The days and lectures of a period, all of one moment. */
  readPeriod(
    courseId: string,
    batchIds: string[],
    period: Period,
  ): Promise<StoredPeriod & { applied: ReadonlySet<string> }>
}

/** Rows of a year with a thousand lectures each are read for half a second, during which others get their turn. */
const ROWS_AT_ONCE = 16

const daysWithin = ({ from, to }: Period) => ({ $gte: from, $lte: to })

export function createNumbersStore(connection: MongoConnection): NumbersStore {
  const rows = analyticsRows(connection)
  const moment = createMoment(connection)

  const readDays = async (courseId: Types.ObjectId, period: Period, session: Session) => {
    const found = await rows.days.find({ courseId, day: daysWithin(period) }, { session }).toArray()
    return new Map(found.map((row) => [row.day, dayOfRow(row)]))
  }

  async function readLectures(courseId: Types.ObjectId, period: Period, session: Session) {
    const sums = new Map<string, LectureCounts>()
    const filter = { courseId, day: daysWithin(period) }
    for await (const row of rows.lectureDays.find(filter, { session, batchSize: ROWS_AT_ONCE }))
      addLectures(sums, row)
    return sums
  }

  return {
    read: (courseId, batchIds, period) =>
      moment(batchIds, async (session, applied) => {
        const id = new Types.ObjectId(courseId)
        const [course, days] = await Promise.all([
          rows.courses.findOne({ courseId: id }, { session }),
          readDays(id, period, session),
        ])
        return { applied, ...sumsOf(course), days }
      }),

    readPeriod: (courseId, batchIds, period) =>
      moment(batchIds, async (session, applied) => {
        const id = new Types.ObjectId(courseId)
        const [days, lectures] = await Promise.all([
          readDays(id, period, session),
          readLectures(id, period, session),
        ])
        return { applied, days, lectures }
      }),
  }
}

function sumsOf(row: CourseRow | null): Omit<StoredNumbers, 'applied' | 'days'> {
  const lectures = Object.entries(row?.lectureStats ?? {}).map(
    ([lectureId, { views = 0, totalWatchTimeMs = 0, freshSeconds = 0 }]) =>
      [lectureId, { views, watchTimeMs: totalWatchTimeMs, freshSeconds }] as const,
  )
  return {
    views: row?.totalViews ?? 0,
    watchTimeMs: row?.totalWatchTimeMs ?? 0,
    ownViews: row?.ownViews ?? 0,
    ownWatchTimeMs: row?.ownWatchTimeMs ?? 0,
    botReports: row?.botReports ?? 0,
    replayedMs: row?.replayedMs ?? 0,
    lectures: new Map(lectures),
    storedAt: row?.storedAt,
  }
}

const dayOfRow = ({ views = 0, playbacks = 0, watchTimeMs = 0, uniqueStudents = 0 }: DayRow): StoredDay => ({
  views,
  playbacks,
  watchTimeMs,
  uniqueStudents,
})

function addLectures(sums: Map<string, LectureCounts>, { lectures = {} }: LectureDayRow) {
  for (const [lectureId, { views = 0, watchTimeMs = 0 }] of Object.entries(lectures)) {
    const sum = sums.get(lectureId) ?? { views: 0, watchTimeMs: 0 }
    sums.set(lectureId, sum)
    sum.views += views
    sum.watchTimeMs += watchTimeMs
  }
}
