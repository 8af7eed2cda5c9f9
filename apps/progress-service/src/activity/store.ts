import type { ActivityDay } from '@aetherlearn/contracts/progress'
import { createJoin } from '@aetherlearn/service-kit/join'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import { dayOf, type Day } from './days.ts'
import { extendStreak, mayMark, noStreak, type Streak } from './rules.ts'

/** Source document 001 §4.2: one row per student and day. */
type ActivityRow = { userId: Types.ObjectId; date: Day; count: number }
const activitySchema = new Schema<ActivityRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    date: { type: String, required: true },
    count: { type: Number, required: true },
  },
  { versionKey: false, collection: 'activity' },
)
activitySchema.index({ userId: 1, date: 1 }, { unique: true })

/** Source document 001 §4.3: what is computed when it changes, so that it need not be when it is read. */
type LearnerRow = Streak & {
  /** The user's id. */
  _id: Types.ObjectId
  totalCompleted: number
  lastCompletedAt?: Date
  lastMarkedAt?: Date
}
const learnerSchema = new Schema<LearnerRow>(
  {
    _id: Schema.Types.ObjectId,
    currentStreak: { type: Number, default: 0 },
    longestStreak: { type: Number, default: 0 },
    lastActiveDate: { type: String, default: null },
    totalCompleted: { type: Number, default: 0 },
    lastCompletedAt: Date,
    lastMarkedAt: Date,
  },
  { versionKey: false, collection: 'learners' },
)

export type Learner = Streak & { totalCompleted: number; lastCompletedAt: Date | undefined }
export type ActivityStore = {
  /** A completion: one more on its day, and the learner's streak and total. */
  recordCompletion(userId: string, at: Date, session: Session): Promise<void>
  /** One more on the day, unless the last mark was less than a minute ago. */
  mark(userId: string, at: Date): Promise<void>
  learner(userId: string): Promise<Learner>
  /** The active days from `first` on, oldest first. */
  days(userId: string, first: Day): Promise<ActivityDay[]>
}

export function createActivityStore(connection: MongoConnection): ActivityStore {
  const Activity = connection.model<ActivityRow>('Activity', activitySchema)
  const Learner = connection.model<LearnerRow>('Learner', learnerSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  async function countOn(userId: string, at: Date, session: Session) {
    const key = { userId: id(userId), date: dayOf(at) }
    await Activity.updateOne(key, { $inc: { count: 1 } }, { upsert: true, session })
  }

  const join = createJoin<void>()
  async function mark(userId: string, at: Date) {
    const marked = await Learner.findById(id(userId), { lastMarkedAt: 1 }).lean()
    if (!mayMark(marked?.lastMarkedAt, at)) return
    await transaction(connection, async (session) => {
      const learner = await Learner.findById(id(userId), { lastMarkedAt: 1 }).session(session).lean()
      if (!mayMark(learner?.lastMarkedAt, at)) return
      await Learner.updateOne({ _id: id(userId) }, { $set: { lastMarkedAt: at } }, { upsert: true, session })
      await countOn(userId, at, session)
    })
  }

  return {
    async recordCompletion(userId, at, session) {
      await countOn(userId, at, session)
      const before = await Learner.findById(id(userId)).session(session).lean()
      const change = { ...extendStreak(streakOf(before), dayOf(at)), lastCompletedAt: at }
      await Learner.updateOne(
        { _id: id(userId) },
        { $set: change, $inc: { totalCompleted: 1 } },
        { upsert: true, session, setDefaultsOnInsert: false },
      )
    },

    mark: (userId, at) => join(userId, () => mark(userId, at)),

    async learner(userId) {
      const row = await Learner.findById(id(userId)).lean()
      return {
        ...streakOf(row),
        totalCompleted: row?.totalCompleted ?? 0,
        lastCompletedAt: row?.lastCompletedAt,
      }
    },

    async days(userId, first) {
      const filter = { userId: id(userId), date: { $gte: first } }
      const rows = await Activity.find(filter, { _id: 0, date: 1, count: 1 }).sort({ date: 1 }).lean()
      return rows.map(({ date, count }) => ({ date, count }))
    },
  }
}

const streakOf = (row: Streak | null): Streak =>
  row === null
    ? noStreak
    : {
        currentStreak: row.currentStreak ?? 0,
        longestStreak: row.longestStreak ?? 0,
        lastActiveDate: row.lastActiveDate ?? null,
      }
