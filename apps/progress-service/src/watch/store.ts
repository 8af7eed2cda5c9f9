import { isDuplicateKey, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import type { Ranges } from './ranges.ts'
import { CLOCK_FAULT_MS, type Positions, type Snapshot, type StoredRanges, type Watched } from './rules.ts'

/** Source document 001 §4.1, and the stamps that order positions. */
export type ProgressRow = {
  userId: Types.ObjectId
  courseId: Types.ObjectId
  /** Lecture id → second. */
  watchTimes?: Record<string, number>
  /** Lecture id → when that second was saved. */
  stamps?: Record<string, number>
  lastWatchedLecture?: Types.ObjectId
  /** When the position in `lastWatchedLecture` was saved. */
  stamp?: number
  /** Lecture id → what was watched of it, saved live: seconds, in order and apart. */
  ranges?: Watched
  /** The same, of late reports. */
  lateRanges?: Watched
  completedLectures?: Types.ObjectId[]
  /** When every lecture of the course was completed for the first time. */
  completedAt?: Date
  /** How many completed lectures the course had in its version `doneVersion`. */
  done?: number
  doneVersion?: number
}
const progressSchema = new Schema<ProgressRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    watchTimes: Schema.Types.Mixed,
    stamps: Schema.Types.Mixed,
    lastWatchedLecture: Schema.Types.ObjectId,
    stamp: Number,
    ranges: Schema.Types.Mixed,
    lateRanges: Schema.Types.Mixed,
    completedLectures: { type: [Schema.Types.ObjectId], default: undefined },
    completedAt: Date,
    done: Number,
    doneVersion: Number,
  },
  { versionKey: false, collection: 'progress' },
)
progressSchema.index({ userId: 1, courseId: 1 }, { unique: true })
/** Percentages of all courses of a student are in the index itself. */
export const doneIndex = { userId: 1, courseId: 1, done: 1, doneVersion: 1 } as const
progressSchema.index(doneIndex)

export type ProgressModel = ReturnType<typeof progressModel>
export const progressModel = (connection: MongoConnection) =>
  connection.model<ProgressRow>('Progress', progressSchema)

export type StoredProgress = StoredRanges & {
  positions: Positions
  last: string | null
  at: number
  completedLectures: string[]
  completedAt: Date | undefined
}
export type ProgressStore = {
  /**
   * Keeps the later of each position and all that was watched, as often as it is said and in any order; resolves once a
   * majority has it.
   */
  savePositions(snapshots: Snapshot[], now: number): Promise<void>
  read(userId: string, courseId: string): Promise<StoredProgress>
}

const FLUSH_TIMEOUT_MS = 10_000
const DUPLICATE_KEY_TRIES = 3

/** `rules.replaces` as an expression for MongoDB. */
const replaces = (incoming: number, field: string, now: number) => {
  const later = { $gt: [incoming, { $ifNull: [field, -1] }] }
  const sane = now + CLOCK_FAULT_MS
  return incoming > sane ? later : { $or: [later, { $gt: [field, sane] }] }
}

/** Rows stay small whatever is claimed; nobody watches a lecture in so many pieces. */
export const MOST_PIECES = 1000

/** `unite` as an expression for MongoDB: what the row has, and these. */
function united(field: string, ranges: Ranges) {
  const both = { $concatArrays: [{ $ifNull: [field, []] }, { $literal: ranges }] }
  const [from, to] = [{ $first: '$$this' }, { $last: '$$this' }]
  const closed = { $concatArrays: ['$$value.done', [['$$value.from', '$$value.to']]] }
  const step = {
    $cond: [
      { $lte: [from, '$$value.to'] },
      { done: '$$value.done', from: '$$value.from', to: { $max: ['$$value.to', to] } },
      { done: closed, from, to },
    ],
  }
  const first = { $first: '$$sorted' }
  const initialValue = { done: [], from: { $first: first }, to: { $last: first } }
  return {
    $let: {
      vars: { sorted: { $sortArray: { input: both, sortBy: 1 } } },
      in: {
        $let: {
          vars: { value: { $reduce: { input: '$$sorted', initialValue, in: step } } },
          in: { $slice: [closed, MOST_PIECES] },
        },
      },
    },
  }
}

export function positionsUpdate(snapshot: Snapshot, now: number) {
  const set: Record<string, unknown> = {}
  for (const [lectureId, { watchTime, at }] of Object.entries(snapshot.positions)) {
    const [second, stamp] = [`watchTimes.${lectureId}`, `stamps.${lectureId}`]
    const newer = replaces(at, `$${stamp}`, now)
    set[second] = { $cond: [newer, watchTime, `$${second}`] }
    set[stamp] = { $cond: [newer, at, `$${stamp}`] }
  }
  for (const [lectureId, ranges] of Object.entries(snapshot.watched)) {
    const field = `ranges.${lectureId}`
    if (ranges.length > 0) set[field] = united(`$${field}`, ranges)
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
      // The driver's own call again: players wait for it.
      const row = await Progress.collection.findOne<ProgressRow>({
        userId: id(userId),
        courseId: id(courseId),
      })
      const stamps = row?.stamps ?? {}
      const positions = Object.entries(row?.watchTimes ?? {}).map(
        ([lectureId, watchTime]) => [lectureId, { watchTime, at: stamps[lectureId] ?? 0 }] as const,
      )
      return {
        positions: Object.fromEntries(positions),
        last: row?.lastWatchedLecture?.toHexString() ?? null,
        at: row?.stamp ?? 0,
        ranges: row?.ranges ?? {},
        lateRanges: row?.lateRanges ?? {},
        completedLectures: (row?.completedLectures ?? []).map((lecture) => lecture.toHexString()),
        completedAt: row?.completedAt,
      }
    },
  }
}
