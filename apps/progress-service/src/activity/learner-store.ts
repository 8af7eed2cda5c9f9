import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema, type Model, type Types } from 'mongoose'
import type { Day } from './days.ts'
import { noStreak, type Streak } from './rules.ts'
import type { ZoneChange, Zones } from './zones.ts'

/** Source document 001 §4.2: one row per student and active day. */
export type ActivityRow = {
  userId: Types.ObjectId
  date: Day
  /** Completions and marks. */
  count: number
  /** Minutes that were told late, as of the last time; always set, never added to. */
  late?: number
}
const activitySchema = new Schema<ActivityRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    date: { type: String, required: true },
    count: { type: Number, required: true },
    late: Number,
  },
  { versionKey: false, collection: 'activity' },
)
activitySchema.index({ userId: 1, date: 1 }, { unique: true })

/** Source document 001 §4.3: what is computed when it changes, so that it need not be when it is read. */
export type LearnerRow = Streak & {
  /** The user's id. */
  _id: Types.ObjectId
  totalCompleted: number
  lastCompletedAt?: Date
  lastMarkedAt?: Date
  zones?: ZoneChange[]
  /** How often late minutes have changed: the history keeps those of the last time. */
  lateVersion?: number
}
const learnerSchema = new Schema<LearnerRow>(
  {
    _id: Schema.Types.ObjectId,
    currentStreak: { type: Number, default: 0 },
    longestStreak: { type: Number, default: 0 },
    lastActiveDate: { type: String, default: null },
    freezeDays: { type: Number, default: 0 },
    totalCompleted: { type: Number, default: 0 },
    lastCompletedAt: Date,
    lastMarkedAt: Date,
    zones: { type: [{ _id: false, from: Number, zone: String }], default: undefined },
    lateVersion: Number,
  },
  { versionKey: false, collection: 'learners' },
)

export const activityModel = (connection: MongoConnection): Model<ActivityRow> =>
  connection.model<ActivityRow>('Activity', activitySchema)
export const learnerModel = (connection: MongoConnection): Model<LearnerRow> =>
  connection.model<LearnerRow>('Learner', learnerSchema)

export type Learner = {
  streak: Streak
  zones: Zones
  totalCompleted: number
  lastCompletedAt: Date | undefined
  lastMarkedAt: Date | undefined
  lateVersion: number
}

/** Fields are there once something was written to them. */
export const learnerOf = (row: Partial<LearnerRow> | null): Learner => ({
  streak: {
    currentStreak: row?.currentStreak ?? noStreak.currentStreak,
    longestStreak: row?.longestStreak ?? noStreak.longestStreak,
    lastActiveDate: row?.lastActiveDate ?? noStreak.lastActiveDate,
    freezeDays: row?.freezeDays ?? noStreak.freezeDays,
  },
  zones: row?.zones ?? [],
  totalCompleted: row?.totalCompleted ?? 0,
  lastCompletedAt: row?.lastCompletedAt,
  lastMarkedAt: row?.lastMarkedAt,
  lateVersion: row?.lateVersion ?? 0,
})
