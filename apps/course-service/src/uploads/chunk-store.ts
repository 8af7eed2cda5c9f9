import type { Container } from '@aetherlearn/contracts/media'
import { fail } from '@aetherlearn/service-kit/errors'
import { isDuplicateKey } from '@aetherlearn/service-kit/mongo'
import type { PartsRef } from '@aetherlearn/service-kit/objects/store'
import { Schema, type Connection } from 'mongoose'

export type StoredChunk = {
  /** Of the upload it belongs to; an upload that starts anew has other parts. */
  partsId: string
  index: number
  sizeBytes: number
  sha256: string
  etag: string
  /** Of chunk 0: what its first bytes say the file is. */
  container?: Container
  /** Another writer was ended for it, which may have written once more after that; `complete` looks. */
  contested?: boolean
}
/** Who writes a chunk now, until when by MongoDB's clock, and who wants to be next. */
type Writer = { id: string; until: Date; next?: string }
/** A chunk that has a checksum is stored and never changes; one without is being written. */
type ChunkRow = Pick<StoredChunk, 'partsId' | 'index'> & Partial<StoredChunk> & { writer?: Writer }
const writerSchema = new Schema<Writer>({ id: String, until: Date, next: String }, { _id: false, id: false })
const chunkSchema = new Schema<ChunkRow>(
  {
    partsId: { type: String, required: true },
    index: { type: Number, required: true },
    sizeBytes: Number,
    sha256: String,
    etag: String,
    container: String,
    contested: Boolean,
    writer: writerSchema,
  },
  { versionKey: false, collection: 'uploadChunks' },
)
chunkSchema.index({ partsId: 1, index: 1 }, { unique: true })

/** So long a writer of which nothing is heard keeps its chunk. */
export const LEASE_MS = 1500
const LEASE_END = { $add: ['$$NOW', LEASE_MS] }
const HAS_ENDED = { $lte: ['$writer.until', '$$NOW'] }

type Upload = { parts: Pick<PartsRef, 'partsId'> }
export type Claim = { partsId: string; index: number; writerId: string }
export type ClaimState = 'mine' | 'waiting' | 'displaced' | StoredChunk

const isStored = (row: ChunkRow | null): row is StoredChunk => row?.sha256 !== undefined
const stored = { sha256: { $exists: true } }
const pipeline = { updatePipeline: true, returnDocument: 'after' } as const
const placeOf = ({ partsId, index }: Claim) => ({ partsId, index })
const heldBy = (claim: Claim) => ({ ...placeOf(claim), 'writer.id': claim.writerId })
/** Nobody else wants it: the holder may go on. */
const undisputed = { 'writer.next': { $exists: false } }

async function onceMore<T>(write: () => Promise<T>): Promise<T> {
  return write().catch((error: unknown) => {
    // Two first writes at once: the second one now meets the first.
    if (isDuplicateKey(error)) return write()
    throw error
  })
}

export function createChunkStore(connection: Connection) {
  const Chunks = connection.model('UploadChunk', chunkSchema)
  const find = async (place: { partsId: string; index: number }): Promise<StoredChunk | null> => {
    const row = await Chunks.findOne({ ...place, ...stored }).lean<ChunkRow>()
    return isStored(row) ? row : null
  }
  return {
    chunks: ({ parts: { partsId } }: Upload) =>
      Chunks.find({ partsId, ...stored })
        .sort({ index: 1 })
        .lean<StoredChunk[]>(),
    chunk: ({ parts: { partsId } }: Upload, index: number) => find({ partsId, index }),
    forgetChunks: async ({ parts: { partsId } }: Upload): Promise<void> => {
      await Chunks.deleteMany({ partsId })
    },

    forgetStored: async ({ parts: { partsId } }: Upload, indexes: number[]): Promise<void> => {
      await Chunks.deleteMany({ partsId, index: { $in: indexes }, ...stored })
    },

    /** The newest writer gets the chunk: at once, or when the one before it has let go or is not heard of any more. */
    claim: async (claim: Claim): Promise<ClaimState> => {
      const mine = { id: claim.writerId, until: LEASE_END }
      const asNext = { $mergeObjects: ['$writer', { next: claim.writerId }] }
      const isThere = { $ne: [{ $type: '$sha256' }, 'missing'] }
      const branches = [
        { case: isThere, then: '$$REMOVE' },
        { case: HAS_ENDED, then: mine },
      ]
      const isTakenOver = { $and: [{ $not: [isThere] }, { $ne: [{ $type: '$writer' }, 'missing'] }] }
      const contested = { $cond: [isTakenOver, true, '$contested'] }
      const change = [{ $set: { writer: { $switch: { branches, default: asNext } }, contested } }]
      const take = () =>
        Chunks.findOneAndUpdate(placeOf(claim), change, { ...pipeline, upsert: true }).lean<ChunkRow>()
      const row = await onceMore(take)
      if (isStored(row)) return row
      return row?.writer?.id === claim.writerId ? 'mine' : 'waiting'
    },

    /** For one that waits: whether its turn has come, or a still newer writer is next now. */
    claimAgain: async (claim: Claim): Promise<ClaimState> => {
      const mine = { id: claim.writerId, until: LEASE_END }
      const row = await Chunks.findOneAndUpdate(
        { ...placeOf(claim), 'writer.next': claim.writerId },
        [{ $set: { writer: { $cond: [HAS_ENDED, mine, '$writer'] } } }],
        pipeline,
      ).lean<ChunkRow>()
      if (row === null) return (await find(placeOf(claim))) ?? 'displaced'
      return row.writer?.id === claim.writerId ? 'mine' : 'waiting'
    },

    /** Answers those which still hold their chunk, for another `LEASE_MS`. */
    renew: async (claims: Claim[]): Promise<Set<string>> => {
      const all = { $or: claims.map(heldBy), ...undisputed }
      await Chunks.updateMany(all, [{ $set: { 'writer.until': LEASE_END } }], { updatePipeline: true })
      const rows = await Chunks.find(all, { writer: 1 }).lean<ChunkRow[]>()
      return new Set(rows.flatMap(({ writer }) => (writer === undefined ? [] : [writer.id])))
    },

    release: async (claim: Claim): Promise<void> => {
      const { deletedCount } = await Chunks.deleteOne({ ...heldBy(claim), ...undisputed })
      if (deletedCount === 0) await Chunks.updateOne(heldBy(claim), { $set: { 'writer.until': new Date(0) } })
    },

    /** The chunk that counts: this one, or the one that was there before. Without its claim a writer records nothing. */
    record: async (
      { parts: { partsId } }: Upload,
      chunk: Omit<StoredChunk, 'partsId'>,
      writerId: string,
    ): Promise<StoredChunk> => {
      const { index } = chunk
      const change = { $set: chunk, $unset: { writer: 1 } }
      const { matchedCount } = await Chunks.updateOne(heldBy({ partsId, index, writerId }), change)
      if (matchedCount === 1) return { partsId, ...chunk }
      const found = await find({ partsId, index })
      if (found === null) throw fail('CHUNK_CONFLICT')
      return found
    },
  }
}
