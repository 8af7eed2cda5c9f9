import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

type NameRow = {
  /** The user's id. */
  _id: string
  fullName: string
  /** When identity-service said so. */
  at: Date
}
const nameSchema = new Schema<NameRow>(
  { _id: String, fullName: { type: String, required: true }, at: { type: Date, required: true } },
  { versionKey: false, collection: 'names' },
)

export type NamesStore = {
  /** Keeps the latest that was said of somebody. */
  save(person: { userId: string; fullName: string; at: Date }, session: Session): Promise<void>
  /** By their ids; those not heard of yet are left out. */
  among(userIds: string[]): Promise<Map<string, string>>
}

/** What people are called: for lists that an instructor reads. */
export function createNamesStore(connection: MongoConnection, erasure: Pick<Erasure, 'among'>): NamesStore {
  const Names = connection.model<NameRow>('Name', nameSchema)
  return {
    async save({ userId, fullName, at }, session) {
      const known = await Names.findById(userId, { at: 1 }).session(session).lean()
      if (known !== null && known.at > at) return
      if ((await erasure.among([userId], session)).size > 0) return
      await Names.updateOne({ _id: userId }, { $set: { fullName, at } }, { session, upsert: true })
    },

    async among(userIds) {
      const rows = await Names.find({ _id: { $in: userIds } }, { fullName: 1 }).lean()
      return new Map(rows.map((row) => [row._id, row.fullName]))
    },
  }
}
