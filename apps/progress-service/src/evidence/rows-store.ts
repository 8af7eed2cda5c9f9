import type { EvidenceContent, EvidencePart } from '@aetherlearn/contracts/progress/evidence'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, type Model, type Types } from 'mongoose'
import type { Day } from '../activity/days.ts'

const userId = { type: Schema.Types.ObjectId, required: true } as const
const number = { type: Number, required: true } as const
const text = { type: String, required: true } as const

type EntryRow = {
  userId: Types.ObjectId
  seq: number
  date: Day
  previousHash: string
  contentHash: string
  hash: string
  content: EvidenceContent
  parts: EvidencePart[]
}
const entrySchema = new Schema<EntryRow>(
  {
    userId,
    seq: number,
    date: text,
    previousHash: text,
    contentHash: text,
    hash: text,
    // What is hashed is kept as it is.
    content: { type: Schema.Types.Mixed, required: true },
    parts: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, collection: 'evidence' },
)
// However many seal at once, there is one entry of each number.
entrySchema.index({ userId: 1, seq: 1 }, { unique: true })
entrySchema.index({ userId: 1, date: 1, seq: 1 })

export type HeadRow = { _id: Types.ObjectId; place: number; salt: string; seq: number; hash: string }
const headSchema = new Schema<HeadRow>(
  { _id: Schema.Types.ObjectId, place: number, salt: text, seq: number, hash: text },
  { versionKey: false, collection: 'evidenceHeads' },
)
headSchema.index({ place: 1 }, { unique: true })

type TotalsRow = {
  courseId: Types.ObjectId
  userId: Types.ObjectId
  minutes: number
  lateMinutes: number
  completions: number
  days: number
  lastDate: Day
}
const totalsSchema = new Schema<TotalsRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    userId,
    minutes: number,
    lateMinutes: number,
    completions: number,
    days: number,
    lastDate: text,
  },
  { versionKey: false, collection: 'evidenceTotals' },
)
totalsSchema.index({ courseId: 1, userId: 1 }, { unique: true })
totalsSchema.index({ userId: 1 })

/** A place whose learner was erased: a number, and nothing that leads to anybody. */
type GoneRow = { _id: number }
const goneSchema = new Schema<GoneRow>({ _id: Number }, { versionKey: false, collection: 'evidenceGone' })

type CounterRow = { _id: string; count: number }
const counterSchema = new Schema<CounterRow>(
  { _id: String, count: number },
  { versionKey: false, collection: 'evidenceCounter' },
)
const PLACES = 'places'

export const entryModel = (connection: MongoConnection): Model<EntryRow> =>
  connection.model<EntryRow>('Evidence', entrySchema)
export const headModel = (connection: MongoConnection): Model<HeadRow> =>
  connection.model<HeadRow>('EvidenceHead', headSchema)
export const totalsModel = (connection: MongoConnection): Model<TotalsRow> =>
  connection.model<TotalsRow>('EvidenceTotals', totalsSchema)
export const placeModels = (connection: MongoConnection) => ({
  Gone: connection.model<GoneRow>('EvidenceGone', goneSchema),
  Counter: connection.model<CounterRow>('EvidenceCounter', counterSchema),
})
type Counter = ReturnType<typeof placeModels>['Counter']

/** Places are given in order, and never twice. */
export async function nextPlace(Counter: Counter, session: Session): Promise<number> {
  const options = { upsert: true, returnDocument: 'after' as const, session }
  return (
    await Counter.findByIdAndUpdate(PLACES, { $inc: { count: 1 } }, options)
      .orFail()
      .lean()
  ).count
}
export const placesGiven = async (Counter: Counter): Promise<number> =>
  (await Counter.findById(PLACES).readConcern('majority').lean())?.count ?? 0
