import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'
import type { LectureCounts, Playback } from '../batch.ts'
import { momentsOf, type Period } from '../dashboard/periods.ts'
import { createMoment } from '../flush/moment-store.ts'
import { analyticsRows, type LectureDayRow, type PlaybackRow } from '../flush/rows-store.ts'
import type { LectureDay } from './lecture-days.ts'

/** Each row holds all lectures of a course. */
const DAYS_AT_ONCE = 10
/** Of a long lecture in which was jumped about, a playback may have many ranges. */
const PLAYBACKS_AT_ONCE = 200

export type ExportStore = {
  /** These days, all as of one moment, and which of the batches were in them then. */
  daysOfNow(
    courseId: string,
    batchIds: string[],
    days: string[],
  ): Promise<{ stored: LectureDay[]; applied: ReadonlySet<string> }>
  /** All days of a period but some, oldest first. */
  otherDays(courseId: string, period: Period, but: string[]): AsyncGenerator<LectureDay>
  /** Playbacks that began in a period, oldest first. */
  playbacks(courseId: string, period: Period): AsyncGenerator<Playback>
}

/** Rows one by one, however many there are: who stops reading ends the reading here as well. */
export function createExportStore(connection: MongoConnection): ExportStore {
  const rows = analyticsRows(connection)
  const moment = createMoment(connection)
  return {
    daysOfNow: (courseId, batchIds, days) =>
      moment(batchIds, async (session, applied) => {
        const wanted = { courseId: new Types.ObjectId(courseId), day: { $in: days } }
        const found = await rows.lectureDays.find(wanted, { session }).toArray()
        return { stored: found.map(dayOfRow), applied }
      }),

    async *otherDays(courseId, { from, to }, but) {
      const day = { $gte: from, $lte: to, $nin: but }
      const wanted = { courseId: new Types.ObjectId(courseId), day }
      const found = rows.lectureDays.find(wanted, { sort: { day: 1 }, batchSize: DAYS_AT_ONCE })
      for await (const row of found) yield dayOfRow(row)
    },

    async *playbacks(courseId, period) {
      const { start, end } = momentsOf(period)
      const wanted = { courseId: new Types.ObjectId(courseId), startedAt: { $gte: start, $lt: end } }
      const found = rows.playbacks.find(wanted, { sort: { startedAt: 1 }, batchSize: PLAYBACKS_AT_ONCE })
      for await (const row of found) yield playbackOfRow(row)
    },
  }
}

function dayOfRow({ day, lectures = {} }: LectureDayRow): LectureDay {
  const counts = Object.entries(lectures).map(
    ([lectureId, { views = 0, watchTimeMs = 0 }]): [string, LectureCounts] => [
      lectureId,
      { views, watchTimeMs },
    ],
  )
  return { day, lectures: new Map(counts) }
}

const playbackOfRow = ({ _id, lectureId, userId, ...row }: PlaybackRow): Playback => ({
  id: _id,
  lectureId: lectureId.toHexString(),
  userId: userId.toHexString(),
  startedAt: row.startedAt,
  at: row.at,
  watchTimeMs: row.watchTimeMs,
  ranges: row.ranges,
})
