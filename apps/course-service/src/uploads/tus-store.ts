import { isDuplicateKey } from '@aetherlearn/service-kit/mongo'
import { Schema, type Connection } from 'mongoose'

/** The bytes after the last whole chunk: too few to be a chunk yet. */
export type Tail = {
  /** Of the upload it belongs to; an upload that starts anew has other parts. */
  partsId: string
  /** Of the chunk it will become. */
  index: number
  sizeBytes: number
  key: string
}
/** Who appends now, until when by MongoDB's clock; who is next, and whether what is not stored yet may be dropped. */
type Writer = { id: string; until: Date; next?: string; drops?: boolean }
/** What tus has to know of an upload beyond its chunks. */
export type TusRow = {
  _id: string
  /** As the client sent it. */
  metadata?: string
  tail?: Tail
  writer?: Writer
  /** MongoDB removes the row then: long after the upload can have gone on. */
  expiresAt: Date
}
const nested = { _id: false, id: false } as const
const tusSchema = new Schema<TusRow>(
  {
    _id: { type: String, required: true },
    metadata: String,
    tail: new Schema<Tail>({ partsId: String, index: Number, sizeBytes: Number, key: String }, nested),
    writer: new Schema<Writer>({ id: String, until: Date, next: String, drops: Boolean }, nested),
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'tusUploads' },
)
tusSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 24 * 3600 })

/** So long a writer of which nothing is heard is waited for. */
export const LEASE_MS = 1200
const LEASE_END = { $add: ['$$NOW', LEASE_MS] }
/** Also where there is none: in comparisons nothing comes before every date. */
const HAS_ENDED = { $lte: ['$writer.until', '$$NOW'] }
const pipeline = { updatePipeline: true, returnDocument: 'after' } as const

export type Claim = { uploadId: string; writerId: string }
export type ClaimState = 'mine' | 'waiting' | 'displaced'
/** `keep` and `drop`: somebody else is next. */
export type Standing = 'mine' | 'keep' | 'drop'
type Upload = { _id: { toString(): string }; expiresAt: Date }
export type TusStore = ReturnType<typeof createTusStore>

export function createTusStore(connection: Connection) {
  const Rows = connection.model('TusUpload', tusSchema)
  return {
    find: (upload: Upload) => Rows.findById(String(upload._id)).lean<TusRow>(),

    remember: async ({ _id, expiresAt }: Upload, metadata: string | undefined): Promise<void> => {
      const change = { $set: { expiresAt, ...(metadata === undefined ? {} : { metadata }) } }
      await Rows.updateOne({ _id: String(_id) }, change, { upsert: true })
    },

    /** The newest gets the upload: at once, or when the one before it has let go or is not heard of any more. */
    claim: async ({ _id, expiresAt }: Upload, writerId: string, drops: boolean): Promise<ClaimState> => {
      const mine = { id: writerId, until: LEASE_END }
      const asNext = { $mergeObjects: ['$writer', { next: writerId, drops }] }
      const change = [{ $set: { expiresAt, writer: { $cond: [HAS_ENDED, mine, asNext] } } }]
      const take = () =>
        Rows.findOneAndUpdate({ _id: String(_id) }, change, { ...pipeline, upsert: true }).lean<TusRow>()
      const row = await take().catch((error: unknown) => {
        // Two first claims at once: the second one now meets the first.
        if (isDuplicateKey(error)) return take()
        throw error
      })
      return row?.writer?.id === writerId ? 'mine' : 'waiting'
    },

    /** For one that waits: whether its turn has come, or a still newer one is next now. */
    claimAgain: async ({ uploadId, writerId }: Claim): Promise<ClaimState> => {
      const mine = { id: writerId, until: LEASE_END }
      const row = await Rows.findOneAndUpdate(
        { _id: uploadId, 'writer.next': writerId },
        [{ $set: { writer: { $cond: [HAS_ENDED, mine, '$writer'] } } }],
        pipeline,
      ).lean<TusRow>()
      if (row === null) return 'displaced'
      return row.writer?.id === writerId ? 'mine' : 'waiting'
    },

    /** Holds on for another `LEASE_MS`, unless somebody else is next. */
    renew: async ({ uploadId, writerId }: Claim): Promise<Standing> => {
      const mine = { _id: uploadId, 'writer.id': writerId, 'writer.next': { $exists: false } }
      const change = [{ $set: { 'writer.until': LEASE_END } }]
      const { matchedCount } = await Rows.updateOne(mine, change, { updatePipeline: true })
      if (matchedCount === 1) return 'mine'
      const row = await Rows.findById(uploadId).lean<TusRow>()
      return row?.writer?.id === writerId && row.writer.drops === false ? 'keep' : 'drop'
    },

    release: async ({ uploadId, writerId }: Claim): Promise<void> => {
      const mine = { _id: uploadId, 'writer.id': writerId }
      await Rows.updateOne(mine, { $set: { 'writer.until': new Date(0) } })
    },

    /** Only whoever has the upload may say what its tail is; false for anybody else. */
    setTail: async ({ uploadId, writerId }: Claim, tail: Tail | undefined): Promise<boolean> => {
      const change = tail === undefined ? { $unset: { tail: 1 } } : { $set: { tail } }
      const { matchedCount } = await Rows.updateOne({ _id: uploadId, 'writer.id': writerId }, change)
      return matchedCount === 1
    },
  }
}
