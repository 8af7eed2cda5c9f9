import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import type { Day } from '../activity/days.ts'

/** A day of a learner of which the history knows more than the evidence may. */
type DueRow = {
  userId: Types.ObjectId
  date: Day
  /** Grows with each thing that comes to the history, so that none is taken for sealed that came while it was read. */
  touched: number
}
const dueSchema = new Schema<DueRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    date: { type: String, required: true },
    touched: { type: Number, required: true },
  },
  { versionKey: false, collection: 'evidenceDue' },
)
dueSchema.index({ userId: 1, date: 1 }, { unique: true })
dueSchema.index({ date: 1, userId: 1 })

export type Due = { date: Day; touched: number }
export type DueStore = {
  /** After these things are in the history. */
  mark(facts: Iterable<{ userId: string; date: Day }>): Promise<void>
  /** Some learners of whom a day up to `through` waits, behind `after`. */
  learners(through: Day, limit: number, after: string): Promise<string[]>
  of(userId: string, through: Day, limit: number): Promise<Due[]>
  /** Unless more has come since they were read. */
  settle(userId: string, days: readonly Due[], session: Session): Promise<void>
  isWaiting(through: Day): Promise<boolean>
}

export function createDueStore(connection: MongoConnection): DueStore {
  const Due = connection.model<DueRow>('EvidenceDue', dueSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async mark(facts) {
      const days = new Map(Array.from(facts, ({ userId, date }) => [`${userId}:${date}`, { userId, date }]))
      if (days.size === 0) return
      const writes = [...days.values()].map(({ userId, date }) => ({
        updateOne: {
          filter: { userId: id(userId), date },
          update: { $inc: { touched: 1 } },
          upsert: true,
        },
      }))
      await Due.bulkWrite(writes, { ordered: false })
    },

    async learners(through, limit, after) {
      const behind = after === '' ? {} : { userId: { $gt: id(after) } }
      const found = await Due.aggregate<{ _id: Types.ObjectId }>([
        { $match: { date: { $lte: through }, ...behind } },
        { $group: { _id: '$userId' } },
        { $sort: { _id: 1 } },
        { $limit: limit },
      ])
      return found.map(({ _id }) => _id.toHexString())
    },

    async of(userId, through, limit) {
      const filter = { userId: id(userId), date: { $lte: through } }
      return Due.find(filter, { _id: 0, date: 1, touched: 1 })
        .sort({ date: 1 })
        .limit(limit)
        .readConcern('majority')
        .lean<Due[]>()
    },

    async settle(userId, days, session) {
      const read = days.map(({ date, touched }) => ({ userId: id(userId), date, touched }))
      await Due.deleteMany({ $or: read }, { session })
    },

    isWaiting: async (through) => (await Due.exists({ date: { $lte: through } })) !== null,
  }
}
