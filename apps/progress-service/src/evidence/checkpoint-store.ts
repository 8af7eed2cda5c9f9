import type { Checkpoint, Signature, SignedCheckpoint } from '@aetherlearn/contracts/progress/evidence'
import { isDuplicateKey, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema, type Types } from 'mongoose'
import { headModel, placeModels, placesGiven, type HeadRow } from './rows-store.ts'

/** Leaves in one document. A power of two, so that each but the last is a whole subtree. */
export const LEAVES = 1024

type CheckpointRow = {
  /** Its number. */
  _id: number
  checkpoint: Checkpoint
  signature: Signature
  /** Whose leaves these are, of several that built at once. */
  attempt: string
  /** Of the chunks of leaves. */
  roots: Buffer
}
const checkpointSchema = new Schema<CheckpointRow>(
  {
    _id: Number,
    checkpoint: { type: Schema.Types.Mixed, required: true },
    signature: { type: Schema.Types.Mixed, required: true },
    attempt: { type: String, required: true },
    roots: { type: Buffer, required: true },
  },
  { versionKey: false, collection: 'evidenceCheckpoints' },
)

type LeavesRow = { number: number; attempt: string; index: number; hashes: Buffer; seqs: number[] }
const leavesSchema = new Schema<LeavesRow>(
  {
    number: { type: Number, required: true },
    attempt: { type: String, required: true },
    index: { type: Number, required: true },
    hashes: { type: Buffer, required: true },
    seqs: [Number],
  },
  { versionKey: false, collection: 'evidenceLeaves' },
)
leavesSchema.index({ number: 1, attempt: 1, index: 1 }, { unique: true })

const HASH_BYTES = 32
type Bytes = Buffer | Types.Buffer | { buffer: Uint8Array }
/** As the driver hands binary fields out, be it by mongoose or as they lie there. */
function hashesIn(bytes: Bytes): Buffer[] {
  const whole = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer)
  const count = whole.length / HASH_BYTES
  return Array.from({ length: count }, (_, i) => whole.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
}

/** A stretch of places: the leaf of each, and how long the chain is behind it; 0 where nobody is there. */
export type Leaves = { hashes: Buffer[]; seqs: number[] }
export type PlacedHead = { userId: string; place: number; seq: number; hash: string; salt: string }
export type KeptCheckpoint = SignedCheckpoint & { attempt: string; roots: Buffer[] }

export type CheckpointStore = {
  latest(): Promise<KeptCheckpoint | undefined>
  /** Behind the one of this number. */
  list(after: number, limit: number): Promise<SignedCheckpoint[]>
  placesGiven(): Promise<number>
  /** The chains and the empty places in this stretch, by place. */
  standing(from: number, to: number): Promise<{ heads: Map<number, PlacedHead>; gone: Set<number> }>
  leaves(kept: KeptCheckpoint, index: number): Promise<Leaves | undefined>
  saveLeaves(number: number, attempt: string, index: number, leaves: Leaves): Promise<void>
  /** False where somebody else made the one of this number. */
  save(kept: KeptCheckpoint): Promise<boolean>
  /** Leaves that nobody asks for any more: of the checkpoints before the last two, and of attempts that came too late. */
  tidy(kept: KeptCheckpoint): Promise<void>
}

export function createCheckpointStore(connection: MongoConnection): CheckpointStore {
  const Row = connection.model<CheckpointRow>('EvidenceCheckpoint', checkpointSchema)
  const LeavesOf = connection.model<LeavesRow>('EvidenceLeaves', leavesSchema)
  const Head = headModel(connection)
  const { Gone, Counter } = placeModels(connection)

  return {
    async latest() {
      const row = await Row.findOne().sort({ _id: -1 }).readConcern('majority').lean<CheckpointRow>()
      if (row === null) return undefined
      const { checkpoint, signature, attempt, roots } = row
      return { checkpoint, signature, attempt, roots: hashesIn(roots) }
    },

    async list(after, limit) {
      const rows = await Row.find({ _id: { $gt: after } }, { _id: 0, checkpoint: 1, signature: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<SignedCheckpoint[]>()
      return rows
    },

    placesGiven: () => placesGiven(Counter),

    async standing(from, to) {
      const among = { $gte: from, $lte: to }
      // The empty places first: who is erased in between is in both.
      const gone = await Gone.find({ _id: among }).readConcern('majority').lean()
      const heads = await Head.find({ place: among }).readConcern('majority').lean<HeadRow[]>()
      return {
        heads: new Map(heads.map(({ _id, ...head }) => [head.place, { ...head, userId: _id.toHexString() }])),
        gone: new Set(gone.map(({ _id }) => _id)),
      }
    },

    async leaves({ checkpoint: { number }, attempt }, index) {
      const row = await LeavesOf.findOne({ number, attempt, index }).lean<LeavesRow>()
      return row === null ? undefined : { hashes: hashesIn(row.hashes), seqs: row.seqs }
    },

    async saveLeaves(number, attempt, index, { hashes, seqs }) {
      await LeavesOf.create([{ number, attempt, index, hashes: Buffer.concat(hashes), seqs }])
    },

    async save({ checkpoint, signature, attempt, roots }) {
      const row = { _id: checkpoint.number, checkpoint, signature, attempt, roots: Buffer.concat(roots) }
      try {
        await Row.create([row])
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },

    async tidy({ checkpoint: { number }, attempt }) {
      await LeavesOf.deleteMany({
        $or: [{ number: { $lt: number - 1 } }, { number, attempt: { $ne: attempt } }],
      })
    },
  }
}
