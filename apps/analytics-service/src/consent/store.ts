import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

/** What somebody has said last. */
export type Said = { userId: string; personal: boolean; at: Date }
export type ConsentRow = {
  /** The user's id. */
  _id: string
  personal: boolean
  at: Date
  /** How often it was carried out. */
  rounds: number
  /** When it is carried out the next time; absent after the last one. */
  dueAt?: Date
}
const consentSchema = new Schema<ConsentRow>(
  {
    _id: String,
    personal: { type: Boolean, required: true },
    at: { type: Date, required: true },
    rounds: { type: Number, required: true },
    dueAt: Date,
  },
  { versionKey: false, collection: 'consents' },
)
consentSchema.index({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $exists: true } } })
consentSchema.index({ personal: 1 }, { partialFilterExpression: { personal: false } })

export type ConsentStore = {
  /** It is due at once. */
  save(said: Said): Promise<void>
  read(userId: string): Promise<ConsentRow | null>
  /** Those among them who said no. */
  refusedAmong(userIds: string[], session?: Session): Promise<Set<string>>
  /** Everybody who said no. */
  refused(): AsyncIterable<{ _id: string }>
  /** Those to be carried out by now, the longest due first. */
  due(now: Date): Promise<ConsentRow[]>
  /** It was carried out once more; where they said something else since, nothing changes. */
  carriedOut(row: ConsentRow, dueAt: Date | undefined): Promise<void>
}

const AT_ONCE = 50
const BATCH = 1000

export function createConsentStore(connection: MongoConnection): ConsentStore {
  const Consents = connection.model<ConsentRow>('Consent', consentSchema)
  return {
    async save({ userId, personal, at }) {
      const change = { $set: { personal, at, rounds: 0, dueAt: at } }
      await Consents.updateOne({ _id: userId }, change, { upsert: true })
    },

    read: (userId) => Consents.findById(userId).lean(),

    async refusedAmong(userIds, session) {
      const rows = await Consents.find({ _id: { $in: userIds }, personal: false }, { _id: 1 })
        .session(session ?? null)
        .lean()
      return new Set(rows.map(({ _id }) => _id))
    },

    refused: () => Consents.find({ personal: false }, { _id: 1 }).lean().cursor({ batchSize: BATCH }),

    due: (now) =>
      Consents.find({ dueAt: { $lte: now } })
        .sort({ dueAt: 1 })
        .limit(AT_ONCE)
        .lean(),

    async carriedOut({ _id, at, rounds }, dueAt) {
      const done = { rounds: rounds + 1 }
      const change =
        dueAt === undefined ? { $set: done, $unset: { dueAt: 1 as const } } : { $set: { ...done, dueAt } }
      await Consents.updateOne({ _id, at, rounds }, change)
    },
  }
}
