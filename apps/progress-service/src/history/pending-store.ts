import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { isDuplicateKey } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import type { Entry } from './port.ts'

/** What has happened and is not yet in the history. */
type PendingRow = Omit<Entry, 'userId'> & { _id: Types.ObjectId; userId: Types.ObjectId }
const pendingSchema = new Schema<PendingRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    id: { type: String, required: true },
    kind: { type: String, required: true },
    at: { type: Number, required: true },
    date: { type: String, required: true },
    minutes: { type: Number, required: true },
    version: { type: Number, required: true },
    courseId: String,
    lectureId: String,
  },
  { id: false, versionKey: false, collection: 'pendingHistory' },
)
pendingSchema.index({ userId: 1 })

/** Whose turn it is to copy: two at once would write everything twice. */
type LeaseRow = { _id: string; until: Date }
const leaseSchema = new Schema<LeaseRow>(
  { _id: String, until: Date },
  { versionKey: false, collection: 'historyLease' },
)
const LEASE = 'copy'

export type Pending = { rowId: string; entry: Entry }
export type PendingStore = {
  /** On the way to the history, if the transaction of `session` is. */
  add(entries: readonly Entry[], session: Session): Promise<void>
  oldest(limit: number): Promise<Pending[]>
  remove(rowIds: readonly string[]): Promise<void>
  of(userId: string): Promise<Entry[]>
  /** Since when the oldest waits. */
  oldestAt(): Promise<Date | undefined>
  erase(userId: string): Promise<void>
  /** False where another process has it. */
  lease(ms: number): Promise<boolean>
  release(): Promise<void>
}

export function createPendingStore(connection: MongoConnection): PendingStore {
  const Row = connection.model<PendingRow>('PendingHistory', pendingSchema)
  const Lease = connection.model<LeaseRow>('HistoryLease', leaseSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async add(entries, session) {
      if (entries.length === 0) return
      await Row.insertMany(
        entries.map((entry) => ({ ...entry, userId: id(entry.userId) })),
        { session },
      )
    },

    // Majority: what is rolled back after a failover must not stay in the history.
    async oldest(limit) {
      const rows = await Row.find().sort({ _id: 1 }).limit(limit).readConcern('majority').lean()
      return rows.map((row) => ({ rowId: row._id.toHexString(), entry: entryOf(row) }))
    },
    async remove(rowIds) {
      await Row.deleteMany({ _id: { $in: rowIds.map(id) } })
    },
    async of(userId) {
      const rows = await Row.find({ userId: id(userId) })
        .sort({ _id: 1 })
        .lean()
      return rows.map(entryOf)
    },
    async oldestAt() {
      const row = await Row.findOne({}, { _id: 1 }).sort({ _id: 1 }).lean()
      return row?._id.getTimestamp()
    },

    async erase(userId) {
      await Row.deleteMany({ userId: id(userId) })
    },

    async lease(ms) {
      const now = Date.now()
      const change = { $set: { until: new Date(now + ms) } }
      try {
        await Lease.updateOne({ _id: LEASE, until: { $lt: new Date(now) } }, change, { upsert: true })
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },
    async release() {
      await Lease.updateOne({ _id: LEASE }, { $set: { until: new Date(0) } })
    },
  }
}

const entryOf = ({ _id, userId, ...row }: PendingRow): Entry => ({ ...row, userId: userId.toHexString() })
