import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { mongo, Schema, Types } from 'mongoose'
import type { Batch, CourseDeltas } from './batches.ts'

/** Source document 002 §4: one row per course, with the ids of the batches that are in its sums. */
type AnalyticsRow = {
  courseId: Types.ObjectId
  totalViews?: number
  totalWatchTimeMs?: number
  uniqueActiveUsers?: number
  lectureStats?: Record<string, { views?: number; totalWatchTimeMs?: number }>
  recentBatches?: { id: string; at: Date }[]
}
const analyticsSchema = new Schema<AnalyticsRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    totalViews: Number,
    totalWatchTimeMs: Number,
    uniqueActiveUsers: Number,
    lectureStats: Schema.Types.Mixed,
    recentBatches: Schema.Types.Mixed,
  },
  { versionKey: false, collection: 'courseAnalytics' },
)
analyticsSchema.index({ courseId: 1 }, { unique: true })

const FLUSH_TIMEOUT_MS = 10_000
/** A flusher gives a batch up after a minute; ids are kept far beyond that. */
const IDS_KEPT_MS = 25 * 3600 * 1000

export type Totals = { views: number; watchTimeMs: number }
export type StoredAnalytics = Totals & { lectures: Map<string, Totals>; recentBatches: ReadonlySet<string> }
export type AnalyticsStore = {
  /** Adds a batch to its courses, to each exactly once, however often and by how many this is called. */
  apply(batch: Batch, uniqueUsers: Map<string, number>, at: Date): Promise<void>
  read(courseId: string): Promise<StoredAnalytics>
}

function additions(course: CourseDeltas) {
  const sums: Record<string, number> = { totalViews: course.views, totalWatchTimeMs: course.watchTimeMs }
  for (const [lectureId, { views, watchTimeMs }] of course.lectures) {
    sums[`lectureStats.${lectureId}.views`] = views
    sums[`lectureStats.${lectureId}.totalWatchTimeMs`] = watchTimeMs
  }
  return sums
}

export function createAnalyticsStore(connection: MongoConnection): AnalyticsStore {
  const Analytics = connection.model<AnalyticsRow>('CourseAnalytics', analyticsSchema)
  // The driver's own calls: mongoose would look into every field.
  const rows = Analytics.collection as unknown as mongo.Collection<AnalyticsRow>
  const options = { ordered: false, writeConcern: { w: 'majority' as const }, timeoutMS: FLUSH_TIMEOUT_MS }

  return {
    async apply({ id, courses }, uniqueUsers, at) {
      if (courses.length === 0) return
      const updates = courses.map((course) => ({
        filter: { courseId: new Types.ObjectId(course.courseId), 'recentBatches.id': { $ne: id } },
        update: {
          $inc: additions(course),
          $max: { uniqueActiveUsers: uniqueUsers.get(course.courseId) ?? 0 },
          $push: { recentBatches: { id, at } },
        },
      }))
      const write = (chosen: typeof updates, upsert: boolean) =>
        rows.bulkWrite(
          chosen.map((update) => ({ updateOne: { ...update, upsert } })),
          options,
        )
      const refused = await write(updates, true).then(() => [], duplicates)
      // The row is there, with this batch or without it; the filter knows which.
      if (refused.length > 0)
        await write(
          refused.flatMap((i) => updates[i] ?? []),
          false,
        )
      const old = new Date(at.getTime() - IDS_KEPT_MS)
      await rows.updateMany(
        {
          courseId: { $in: updates.map(({ filter }) => filter.courseId) },
          'recentBatches.0.at': { $lt: old },
        },
        { $pull: { recentBatches: { at: { $lt: old } } } },
        { timeoutMS: FLUSH_TIMEOUT_MS },
      )
    },

    async read(courseId) {
      const row = await Analytics.findOne({ courseId: new Types.ObjectId(courseId) }).lean<AnalyticsRow>()
      const lectures = Object.entries(row?.lectureStats ?? {}).map(
        ([lectureId, stats]) =>
          [lectureId, { views: stats.views ?? 0, watchTimeMs: stats.totalWatchTimeMs ?? 0 }] as const,
      )
      return {
        views: row?.totalViews ?? 0,
        watchTimeMs: row?.totalWatchTimeMs ?? 0,
        lectures: new Map(lectures),
        recentBatches: new Set(row?.recentBatches?.map((batch) => batch.id)),
      }
    },
  }
}

const DUPLICATE_KEY = 11_000

/** The operations that met a row made meanwhile; any other failure is thrown. */
function duplicates(error: unknown): number[] {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error
  const refused = [error.writeErrors].flat()
  const others = refused.some((failure) => failure.code !== DUPLICATE_KEY)
  // Without a majority behind it a write may still be rolled back.
  if (others || refused.length === 0 || error.result.getWriteConcernError() !== undefined) throw error
  return refused.map((failure) => failure.index)
}
