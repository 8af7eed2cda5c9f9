import { videoJob, type Container } from '@aetherlearn/contracts/media'
import { fail } from '@aetherlearn/service-kit/errors'
import { isDuplicateKey, transaction } from '@aetherlearn/service-kit/mongo'
import type { PartsRef } from '@aetherlearn/service-kit/objects/store'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection } from 'mongoose'
import type { CourseModels } from '../courses/store.ts'

export type UploadRow = {
  _id: { toString(): string }
  lectureId: string
  ownerId: string
  /** Name, size and hash as told; absent where nothing was told, and then the upload is never given back. */
  fingerprint?: string
  sizeBytes?: number
  totalChunks?: number
  chunkSizeBytes: number
  sha256?: string
  parts: PartsRef
  state: 'OPEN' | 'DONE'
  expiresAt: Date
}
const uploadSchema = new Schema<UploadRow>(
  {
    lectureId: { type: String, required: true },
    ownerId: { type: String, required: true },
    fingerprint: String,
    sizeBytes: Number,
    totalChunks: Number,
    chunkSizeBytes: { type: Number, required: true },
    sha256: String,
    parts: { type: new Schema<PartsRef>({ key: String, partsId: String }, { _id: false }), required: true },
    state: { type: String, enum: ['OPEN', 'DONE'], default: 'OPEN' },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false, timestamps: true, collection: 'uploads' },
)
/** The same person, lecture and file get the same open upload, also when asked for twice at once. */
uploadSchema.index(
  { ownerId: 1, lectureId: 1, fingerprint: 1 },
  { unique: true, partialFilterExpression: { state: 'OPEN', fingerprint: { $exists: true } } },
)

export type StoredChunk = {
  /** Of the upload it belongs to; an upload that starts anew has other parts. */
  partsId: string
  index: number
  sizeBytes: number
  sha256: string
  etag: string
  /** Of chunk 0: what its first bytes say the file is. */
  container?: Container
}
const chunkSchema = new Schema<StoredChunk>(
  {
    partsId: { type: String, required: true },
    index: { type: Number, required: true },
    sizeBytes: { type: Number, required: true },
    sha256: { type: String, required: true },
    etag: { type: String, required: true },
    container: String,
  },
  { versionKey: false, collection: 'uploadChunks' },
)
chunkSchema.index({ partsId: 1, index: 1 }, { unique: true })

export type NewUpload = Omit<UploadRow, '_id' | 'state'> & { _id: string }
type Video = { container: Container; sizeBytes: number }
export type UploadStore = ReturnType<typeof createUploadStore>
type Deps = { connection: Connection; models: CourseModels; outbox: Outbox }

export function createUploadStore({ connection, models, outbox }: Deps) {
  const Uploads = connection.model('Upload', uploadSchema)
  const Chunks = connection.model('UploadChunk', chunkSchema)
  return {
    /** Whose upload it is stands in the query: an upload id is no capability. */
    find: (uploadId: string, ownerId: string) =>
      Uploads.findOne({ _id: uploadId, ownerId }).lean<UploadRow>(),

    findOpen: (file: Pick<UploadRow, 'ownerId' | 'lectureId' | 'fingerprint'>) =>
      Uploads.findOne({ ...file, state: 'OPEN', expiresAt: { $gt: new Date() } }).lean<UploadRow>(),

    /** What this person left unfinished for this lecture too long ago. */
    expired: (ownerId: string, lectureId: string) =>
      Uploads.find({ ownerId, lectureId, state: 'OPEN', expiresAt: { $lte: new Date() } }).lean<
        UploadRow[]
      >(),

    forget: async ({ _id, parts: { partsId } }: UploadRow): Promise<void> => {
      await Chunks.deleteMany({ partsId })
      await Uploads.deleteOne({ _id, state: 'OPEN' })
    },

    /** False when the same file's upload was begun in the meantime. */
    create: async (upload: NewUpload): Promise<boolean> => {
      try {
        await Uploads.create(upload)
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },

    chunks: ({ parts: { partsId } }: UploadRow) =>
      Chunks.find({ partsId }).sort({ index: 1 }).lean<StoredChunk[]>(),
    chunk: ({ parts: { partsId } }: UploadRow, index: number) =>
      Chunks.findOne({ partsId, index }).lean<StoredChunk>(),

    /** The chunk that counts: this one, or the one that was there before. */
    record: async (
      { parts: { partsId } }: UploadRow,
      chunk: Omit<StoredChunk, 'partsId'>,
    ): Promise<StoredChunk> => {
      const row = { partsId, ...chunk }
      const set = { upsert: true, returnDocument: 'after' } as const
      const record = () =>
        Chunks.findOneAndUpdate(
          { partsId, index: chunk.index },
          { $setOnInsert: row },
          set,
        ).lean<StoredChunk>()
      // Two first writes at once: the second one now meets the first.
      const found = await record().catch((error: unknown) => {
        if (isDuplicateKey(error)) return record()
        throw error
      })
      return found ?? row
    },

    /** Gives the upload new parts, so that all chunks have to come again. False where another call did so first. */
    restart: async (upload: UploadRow, parts: PartsRef): Promise<boolean> => {
      const { partsId } = upload.parts
      const still = { _id: upload._id, state: 'OPEN' as const, 'parts.partsId': partsId }
      const { matchedCount } = await Uploads.updateOne(still, { $set: { parts } })
      await Chunks.deleteMany({ partsId })
      return matchedCount === 1
    },

    /** Upload, lecture and job change in one transaction, once; repeating it changes nothing. */
    finish: (upload: UploadRow, video: Video, traceId: string): Promise<void> =>
      transaction(connection, async (session) => {
        const { lectureId, ownerId, parts } = upload
        const uploadId = String(upload._id)
        const done = { $set: { state: 'DONE' as const } }
        const still = { _id: uploadId, state: 'OPEN' as const, 'parts.partsId': parts.partsId }
        const { matchedCount } = await Uploads.updateOne(still, done, { session })
        if (matchedCount === 0) {
          if (await Uploads.exists({ _id: uploadId, state: 'DONE' }).session(session)) return
          throw fail('UPLOAD_NOT_OPEN')
        }
        const rawVideoUrl = `object:${parts.key}`
        const processing = { status: 'PROCESSING' as const, uploadId, rawVideoUrl }
        await models.Lectures.updateOne(
          { _id: lectureId },
          { $set: processing, $unset: { failure: 1 } },
          { session },
        )
        await outbox.addJob(
          videoJob,
          { lectureId, uploadId, rawVideoUrl, instructorId: ownerId, ...video },
          session,
          traceId,
        )
      }),
  }
}
