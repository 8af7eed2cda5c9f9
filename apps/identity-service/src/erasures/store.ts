import { createHash, randomBytes } from 'node:crypto'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import type { Case, Done } from './rules.ts'

type CaseRow = {
  /** By which services answer; names nobody. */
  _id: Types.ObjectId
  /** Names nobody any more. */
  userId: string
  /** SHA-256, as of refresh tokens: whoever reads this database gets no receipt. */
  receiptHash: string
  askedAt: Date
  /** By service: what it said last. */
  services: Record<string, Omit<Done, 'service' | 'at'> & { at: Date }>
}
const caseSchema = new Schema<CaseRow>(
  {
    userId: { type: String, required: true },
    receiptHash: { type: String, required: true },
    askedAt: { type: Date, required: true },
    services: { type: Schema.Types.Mixed, default: {} },
  },
  { versionKey: false, minimize: false, collection: 'erasures' },
)
caseSchema.index({ userId: 1, askedAt: -1 })
caseSchema.index({ receiptHash: 1 }, { unique: true })

const RECEIPT_BYTES = 32
const hashOf = (receipt: string) => createHash('sha256').update(receipt).digest('base64url')

export type ErasureStore = {
  /** A new case in which this service itself is done; answers what services answer by, and what the person may keep. */
  open(
    userId: string,
    own: Done,
    session: Session,
  ): Promise<{ caseId: string; receipt: string; askedAt: string }>
  /** The later word of a service stands, in whatever order they are heard. Of an unknown case nothing is kept. */
  record(caseId: string, done: Done, session: Session): Promise<void>
  /** The newest of this user. */
  ofUser(userId: string): Promise<Case | undefined>
  byReceipt(receipt: string): Promise<Case | undefined>
}

/** Erasures, and what became of them in each service. */
export function createErasureStore(connection: MongoConnection): ErasureStore {
  const Cases = connection.model<CaseRow>('Erasure', caseSchema)

  return {
    async open(userId, { service, at, ...counts }, session) {
      const _id = new Types.ObjectId()
      const receipt = randomBytes(RECEIPT_BYTES).toString('base64url')
      const services = { [service]: { ...counts, at: new Date(at) } }
      const row = { _id, userId, receiptHash: hashOf(receipt), askedAt: new Date(at), services }
      await Cases.create([row], { session })
      return { caseId: _id.toHexString(), receipt, askedAt: at }
    },

    async record(caseId, { service, at, ...counts }, session) {
      const said = `services.${service}`
      const older = [{ [`${said}.at`]: { $exists: false } }, { [`${said}.at`]: { $lte: new Date(at) } }]
      const change = { $set: { [said]: { ...counts, at: new Date(at) } } }
      await Cases.updateOne({ _id: new Types.ObjectId(caseId), $or: older }, change, { session })
    },

    async ofUser(userId) {
      const row = await Cases.findOne({ userId }).sort({ askedAt: -1 }).lean<CaseRow>()
      return row === null ? undefined : caseOf(row)
    },

    async byReceipt(receipt) {
      const row = await Cases.findOne({ receiptHash: hashOf(receipt) }).lean<CaseRow>()
      return row === null ? undefined : caseOf(row)
    },
  }
}

const caseOf = ({ askedAt, services }: CaseRow): Case => ({
  askedAt: askedAt.toISOString(),
  services: Object.entries(services).map(([service, { at, ...counts }]) => ({
    service,
    ...counts,
    at: at.toISOString(),
  })),
})
