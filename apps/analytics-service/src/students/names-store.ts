import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

type NameRow = {
  /** The user's id. */
  _id: string
  fullName: string
  /** For mail; absent where we heard of them before mail was sent. */
  email?: string
  /** When identity-service said so. */
  at: Date
}
const nameSchema = new Schema<NameRow>(
  {
    _id: String,
    fullName: { type: String, required: true },
    email: String,
    at: { type: Date, required: true },
  },
  { versionKey: false, collection: 'names' },
)

export type Person = { userId: string; fullName: string; email: string; at: Date }
export type NamesStore = {
  /** Keeps the latest that was said of somebody. */
  save(person: Person, session: Session): Promise<void>
  /** By their ids; those not heard of yet are left out. */
  among(userIds: string[]): Promise<Map<string, string>>
  /** Where they get mail; those of whom it is not known are left out. */
  addresses(userIds: string[], session?: Session): Promise<Map<string, string>>
}

/** What people are called, for lists that an instructor reads, and where they get mail. */
export function createNamesStore(connection: MongoConnection, erasure: Pick<Erasure, 'among'>): NamesStore {
  const Names = connection.model<NameRow>('Name', nameSchema)
  return {
    async save({ userId, fullName, email, at }, session) {
      const known = await Names.findById(userId, { at: 1 }).session(session).lean()
      if (known !== null && known.at > at) return
      if ((await erasure.among([userId], session)).size > 0) return
      await Names.updateOne({ _id: userId }, { $set: { fullName, email, at } }, { session, upsert: true })
    },

    async among(userIds) {
      const rows = await Names.find({ _id: { $in: userIds } }, { fullName: 1 }).lean()
      return new Map(rows.map((row) => [row._id, row.fullName]))
    },

    async addresses(userIds, session) {
      const filter = { _id: { $in: userIds }, email: { $exists: true } }
      const rows = await Names.find(filter, { email: 1 })
        .session(session ?? null)
        .lean()
      return new Map(rows.map(({ _id, email = '' }) => [_id, email]))
    },
  }
}
