import { isDuplicateKey, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import { CLOCK_FAULT_MS, type Positions, type Snapshot } from './rules.ts'

/** Source document 001 §4.1, and the stamps that order positions. */
type ProgressRow = {
  userId: Types.ObjectId
  courseId: Types.ObjectId
  /** Lecture id → second. */
  watchTimes?: Record<string, number>
  /** Lecture id → when that second was saved. */
  stamps?: Record<string, number>
  lastWatchedLecture?: Types.ObjectId
  /** When the position in `lastWatchedLecture` was saved. */
  stamp?: number
  completedLectures?: Types.ObjectId[]
  /** When every lecture of the course was completed for the first time. */
  completedAt?: Date
}
const progressSchema = new Schema<ProgressRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    watchTimes: Schema.Types.Mixed,
    stamps: Schema.Types.Mixed,
    lastWatchedLecture: Schema.Types.ObjectId,
    stamp: Number,
    completedLectures: { type: [Schema.Types.ObjectId], default: undefined },
    completedAt: Date,
  },
  { versionKey: false, collection: 'progress' },
)
progressSchema.index({ userId: 1, courseId: 1 }, { unique: true })

export type ProgressModel = ReturnType<typeof progressModel>
export const progressModel = (connection: MongoConnection) =>
  connection.model<ProgressRow>('Progress', progressSchema)

export type StoredProgress = {
  positions: Positions
  last: string | null
  at: number
  completedLectures: string[]
}
export type ProgressStore = {
  /** Keeps the later of each position, as often as it is said and in any order; resolves once a majority has it. */
  savePositions(snapshots: Snapshot[], now: number): Promise<void>
  read(userId: string, courseId: string): Promise<StoredProgress>
  /** Course id → completed lectures, of all courses the student has been in. */
  completedOf(userId: string, courseIds: string[]): Promise<Map<string, string[]>>
}

const FLUSH_TIMEOUT_MS = 10_000
const DUPLICATE_KEY_TRIES = 3

/** `rules.replaces` as an expression for MongoDB. */
const replaces = (incoming: number, field: string, now: number) => {
  const later = { $gt: [incoming, { $ifNull: [field, -1] }] }
  const sane = now + CLOCK_FAULT_MS
  return incoming > sane ? later : { $or: [later, { $gt: [field, sane] }] }
}

export function positionsUpdate(snapshot: Snapshot, now: number) {
  const set: Record<string, unknown> = {}
  for (const [lectureId, { watchTime, at }] of Object.entries(snapshot.positions)) {
    const [second, stamp] = [`watchTimes.${lectureId}`, `stamps.${lectureId}`]
    const newer = replaces(at, `$${stamp}`, now)
    set[second] = { $cond: [newer, watchTime, `$${second}`] }
    set[stamp] = { $cond: [newer, at, `$${stamp}`] }
  }
  const latest = replaces(snapshot.at, '$stamp', now)
  set['lastWatchedLecture'] = { $cond: [latest, new Types.ObjectId(snapshot.last), '$lastWatchedLecture'] }
  set['stamp'] = { $cond: [latest, snapshot.at, '$stamp'] }
  return [{ $set: set }]
}

export function createProgressStore(Progress: ProgressModel): ProgressStore {
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async savePositions(snapshots, now) {
      const operations = snapshots.map((snapshot) => ({
        updateOne: {
          filter: { userId: id(snapshot.userId), courseId: id(snapshot.courseId) },
          update: positionsUpdate(snapshot, now),
          upsert: true,
        },
      }))
      const options = {
        ordered: false,
        writeConcern: { w: 'majority' as const },
        timeoutMS: FLUSH_TIMEOUT_MS,
      }
      // The driver's own call: mongoose would look into each of these expressions.
      for (let attempt = 1; ; attempt += 1) {
        try {
          await Progress.collection.bulkWrite(operations, options)
          return
        } catch (error) {
          // Two flushers made the same first row: the second finds it now.
          if (!isDuplicateKey(error) || attempt === DUPLICATE_KEY_TRIES) throw error
        }
      }
    },

    async read(userId, courseId) {
      const row = await Progress.findOne({ userId: id(userId), courseId: id(courseId) }).lean<ProgressRow>()
      const stamps = row?.stamps ?? {}
      const positions = Object.entries(row?.watchTimes ?? {}).map(
        ([lectureId, watchTime]) => [lectureId, { watchTime, at: stamps[lectureId] ?? 0 }] as const,
      )
      return {
        positions: Object.fromEntries(positions),
        last: row?.lastWatchedLecture?.toHexString() ?? null,
        at: row?.stamp ?? 0,
        completedLectures: (row?.completedLectures ?? []).map((lecture) => lecture.toHexString()),
      }
    },

    async completedOf(userId, courseIds) {
      const filter = { userId: id(userId), courseId: { $in: courseIds.map(id) } }
      const rows = await Progress.find(filter, { courseId: 1, completedLectures: 1 }).lean<ProgressRow[]>()
      return new Map(
        rows.map((row) => [
          row.courseId.toHexString(),
          (row.completedLectures ?? []).map((lecture) => lecture.toHexString()),
        ]),
      )
    },
  }
}
