import { videoJob, type Container } from '@aetherlearn/contracts/media'
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
  uploadId: string
  index: number
  sizeBytes: number
  sha256: string
  etag: string
  /** Of chunk 0: what its first bytes say the file is. */
  container?: Container
}
const chunkSchema = new Schema<StoredChunk>(
  {
    uploadId: { type: String, required: true },
    index: { type: Number, required: true },
    sizeBytes: { type: Number, required: true },
    sha256: { type: String, required: true },
    etag: { type: String, required: true },
    container: String,
  },
  { versionKey: false, collection: 'uploadChunks' },
)
chunkSchema.index({ uploadId: 1, index: 1 }, { unique: true })

export type NewUpload = Omit<UploadRow, '_id' | 'state'> & { _id: string }
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

    /** False when the same file's upload was begun in the meantime. */
    create: async (upload: NewUpload): Promise<boolean> => {
      await Uploads.deleteMany({
        ownerId: upload.ownerId,
        lectureId: upload.lectureId,
        expiresAt: { $lt: new Date() },
      })
      try {
        await Uploads.create(upload)
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },

    chunks: (uploadId: string) => Chunks.find({ uploadId }).sort({ index: 1 }).lean<StoredChunk[]>(),
    chunk: (uploadId: string, index: number) => Chunks.findOne({ uploadId, index }).lean<StoredChunk>(),

    /** The chunk that counts: this one, or the one that was there before. */
    record: async (chunk: StoredChunk): Promise<StoredChunk> => {
      const { uploadId, index } = chunk
      const write = { $setOnInsert: chunk }
      const set = { upsert: true, returnDocument: 'after' } as const
      return (await Chunks.findOneAndUpdate({ uploadId, index }, write, set).lean<StoredChunk>()) ?? chunk
    },

    /** After a whole-file checksum that did not match: all chunks have to come again. */
    restart: async (uploadId: string, parts: PartsRef): Promise<void> => {
      await Chunks.deleteMany({ uploadId })
      await Uploads.updateOne({ _id: uploadId }, { $set: { parts } })
    },

    /** Upload, lecture and job change in one transaction, once; repeating it changes nothing. */
    finish: (upload: UploadRow, video: { container: Container; sizeBytes: number }): Promise<void> =>
      transaction(connection, async (session) => {
        const { lectureId, ownerId, parts } = upload
        const uploadId = String(upload._id)
        const done = { $set: { state: 'DONE' as const } }
        const { matchedCount } = await Uploads.updateOne({ _id: uploadId, state: 'OPEN' }, done, { session })
        if (matchedCount === 0) return
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
        )
      }),
  }
}
