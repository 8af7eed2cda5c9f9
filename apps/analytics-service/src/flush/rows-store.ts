import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema, type mongo, type Types } from 'mongoose'

/**
 * The rows that batches are added to, all in one transaction for each batch: days, lectures and totals always agree.
 * Times are whole milliseconds, days are `YYYY-MM-DD` in UTC. A count that is absent is 0.
 */

/** A batch that is in the rows. */
export type AppliedRow = { _id: string; at: Date }
/** Whoever applies a batch gives up after a minute, so no id is asked for this long after. */
export const APPLIED_KEPT_SECONDS = 25 * 3600
export const HEAT_ROW_SECONDS = 300
/** Courses are flushed so many at once, and as many share a write. */
export const COURSES_AT_ONCE = 25

type KeptApart = { ownViews?: number; ownWatchTimeMs?: number; botReports?: number; replayedMs?: number }
/** Source document 002 §4: the sums of a course. */
export type CourseRow = KeptApart & {
  courseId: Types.ObjectId
  totalViews?: number
  totalWatchTimeMs?: number
  uniqueActiveUsers?: number
  /** By lecture. */
  lectureStats?: Record<string, { views?: number; totalWatchTimeMs?: number; freshSeconds?: number }>
  /** All that was counted before is in the rows. */
  storedAt?: Date
}
/** One row for each day on which anything was counted. */
export type DayRow = KeptApart & {
  courseId: Types.ObjectId
  day: string
  views?: number
  playbacks?: number
  watchTimeMs?: number
  uniqueStudents?: number
}
export type LectureDayRow = {
  courseId: Types.ObjectId
  day: string
  lectures?: Record<string, { views?: number; watchTimeMs?: number }>
}
/**
 * Five minutes of a lecture in one row: a row of hours would be written anew for each second that is watched of it. By
 * second: playbacks that watched it, times it was watched again, playbacks that came so far.
 */
export type HeatRow = {
  courseId: Types.ObjectId
  lectureId: Types.ObjectId
  /** The first second of the five minutes. */
  from: number
  seconds?: Record<string, { w?: number; r?: number; e?: number }>
}
/** A playback as far as it has come; only playbacks with any watch time have one. */
export type PlaybackRow = {
  /** Random. */
  _id: string
  courseId: Types.ObjectId
  lectureId: Types.ObjectId
  userId: Types.ObjectId
  startedAt: Date
  /** Of the last report; only a later one replaces the row. */
  at: Date
  watchTimeMs: number
  /** Times that a second was watched again; absent in rows that are older than it. */
  againSeconds?: number
  /** Seconds of the lecture that were watched: in order, apart from each other. */
  ranges: [from: number, to: number][]
  /** When the row goes. */
  expiresAt: Date
}

const id = { type: Schema.Types.ObjectId, required: true }
const day = { type: String, required: true }
const options = { versionKey: false } as const

const appliedSchema = new Schema<AppliedRow>(
  { _id: String, at: { type: Date, required: true } },
  { ...options, collection: 'appliedBatches' },
)
appliedSchema.index({ at: 1 }, { expireAfterSeconds: APPLIED_KEPT_SECONDS })

const keptApart = { ownViews: Number, ownWatchTimeMs: Number, botReports: Number, replayedMs: Number }
const courseSchema = new Schema<CourseRow>(
  {
    courseId: id,
    totalViews: Number,
    totalWatchTimeMs: Number,
    uniqueActiveUsers: Number,
    ...keptApart,
    lectureStats: Schema.Types.Mixed,
    storedAt: Date,
  },
  { ...options, collection: 'courseAnalytics' },
)
courseSchema.index({ courseId: 1 }, { unique: true })

const daySchema = new Schema<DayRow>(
  {
    courseId: id,
    day,
    views: Number,
    playbacks: Number,
    watchTimeMs: Number,
    uniqueStudents: Number,
    ...keptApart,
  },
  { ...options, collection: 'courseDays' },
)
daySchema.index({ courseId: 1, day: 1 }, { unique: true })

const lectureDaySchema = new Schema<LectureDayRow>(
  { courseId: id, day, lectures: Schema.Types.Mixed },
  { ...options, collection: 'lectureDays' },
)
lectureDaySchema.index({ courseId: 1, day: 1 }, { unique: true })

const heatSchema = new Schema<HeatRow>(
  { courseId: id, lectureId: id, from: { type: Number, required: true }, seconds: Schema.Types.Mixed },
  { ...options, collection: 'lectureHeat' },
)
heatSchema.index({ courseId: 1, lectureId: 1, from: 1 }, { unique: true })

const playbackSchema = new Schema<PlaybackRow>(
  {
    _id: String,
    courseId: id,
    lectureId: id,
    userId: id,
    startedAt: { type: Date, required: true },
    at: { type: Date, required: true },
    watchTimeMs: { type: Number, required: true },
    againSeconds: Number,
    ranges: { type: Schema.Types.Mixed, required: true },
    expiresAt: { type: Date, required: true },
  },
  { ...options, collection: 'playbacks' },
)
playbackSchema.index({ courseId: 1, startedAt: 1 })
playbackSchema.index({ courseId: 1, lectureId: 1, at: 1 })
playbackSchema.index({ userId: 1 })
playbackSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

export type AnalyticsRows = {
  applied: mongo.Collection<AppliedRow>
  courses: mongo.Collection<CourseRow>
  days: mongo.Collection<DayRow>
  lectureDays: mongo.Collection<LectureDayRow>
  heat: mongo.Collection<HeatRow>
  playbacks: mongo.Collection<PlaybackRow>
}

/** By the driver's own calls, as mongoose would look into every field; any number of times on one connection. */
export function analyticsRows(connection: MongoConnection): AnalyticsRows {
  const collectionOf = <Row extends object>(name: string, schema: Schema<Row>) => {
    const model = connection.models[name] ?? connection.model<Row>(name, schema)
    return model.collection as unknown as mongo.Collection<Row>
  }
  return {
    applied: collectionOf('AppliedBatch', appliedSchema),
    courses: collectionOf('CourseAnalytics', courseSchema),
    days: collectionOf('CourseDay', daySchema),
    lectureDays: collectionOf('LectureDay', lectureDaySchema),
    heat: collectionOf('LectureHeat', heatSchema),
    playbacks: collectionOf('Playback', playbackSchema),
  }
}
