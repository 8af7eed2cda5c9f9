import { videoJob, type Container } from '@aetherlearn/contracts/media'
import { fail } from '@aetherlearn/service-kit/errors'
import { isDuplicateKey, transaction } from '@aetherlearn/service-kit/mongo'
import type { PartsRef } from '@aetherlearn/service-kit/objects/store'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection } from 'mongoose'
import type { AssetStore } from '../assets/store.ts'
import type { LectureRow } from '../courses/rows.ts'
import type { CourseModels } from '../courses/store.ts'
import { createChunkStore } from './chunk-store.ts'
import type { UsageStore } from './usage-store.ts'

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
  /** Clients have URLs to send parts straight to the store: it alone knows what has arrived. */
  direct?: boolean
  /** The object that was not what it should be; perhaps it is there still. */
  discarded?: string
  /** Ended: given up or expired, and about to be gone. */
  state: 'OPEN' | 'DONE' | 'ENDED'
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
    direct: Boolean,
    discarded: String,
    state: { type: String, enum: ['OPEN', 'DONE', 'ENDED'], default: 'OPEN' },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false, timestamps: true, collection: 'uploads' },
)
/** The same person, lecture and file get the same open upload, also when asked for twice at once. */
uploadSchema.index(
  { ownerId: 1, lectureId: 1, fingerprint: 1 },
  { unique: true, partialFilterExpression: { state: 'OPEN', fingerprint: { $exists: true } } },
)

/** What the sweeper looks for; few uploads are open at a time. */
uploadSchema.index({ 'parts.partsId': 1 })
uploadSchema.index({ lectureId: 1 })
uploadSchema.index({ expiresAt: 1 }, { partialFilterExpression: { state: 'OPEN' } })
uploadSchema.index({ state: 1 }, { partialFilterExpression: { state: 'ENDED' } })

export type NewUpload = Omit<UploadRow, '_id' | 'state'> & { _id: string }
/** The checksum is that of the whole file, where it is known for certain. */
type Video = { container: Container; sizeBytes: number; sha256?: string }
export type UploadStore = ReturnType<typeof createUploadStore>
type Deps = {
  connection: Connection
  models: CourseModels
  outbox: Outbox
  usage: UsageStore
  assets: AssetStore
}

export function createUploadStore({ connection, models, outbox, usage, assets }: Deps) {
  const Uploads = connection.model('Upload', uploadSchema)
  const chunks = createChunkStore(connection)
  return {
    ...chunks,

    /** Whose upload it is stands in the query: an upload id is no capability. */
    find: (uploadId: string, ownerId: string) =>
      Uploads.findOne({ _id: uploadId, ownerId, state: { $ne: 'ENDED' } }).lean<UploadRow>(),

    findOpen: (file: Pick<UploadRow, 'ownerId' | 'lectureId' | 'fingerprint'>) =>
      Uploads.findOne({ ...file, state: 'OPEN', expiresAt: { $gt: new Date() } }).lean<UploadRow>(),

    /** The one that stands in the way of a new upload of the same file, until it is swept. */
    findExpired: (file: Pick<UploadRow, 'ownerId' | 'lectureId' | 'fingerprint'>) =>
      Uploads.findOne({ ...file, state: 'OPEN', expiresAt: { $lte: new Date() } }).lean<UploadRow>(),

    /** Expired ones, and those whose ending was broken off. */
    abandoned: (now: Date, limit: number) =>
      Uploads.find({ $or: [{ state: 'OPEN', expiresAt: { $lte: now } }, { state: 'ENDED' }] })
        .limit(limit)
        .lean<UploadRow[]>(),

    /** From now on it takes no chunk and can't be completed; null when it is done, or gone. Can be repeated. */
    end: ({ _id }: UploadRow) =>
      Uploads.findOneAndUpdate(
        { _id, state: { $in: ['OPEN', 'ENDED'] } },
        { $set: { state: 'ENDED' } },
        { returnDocument: 'after' },
      ).lean<UploadRow>(),

    forget: async (upload: UploadRow): Promise<void> => {
      await chunks.forgetChunks(upload)
      await Uploads.deleteOne({ _id: upload._id, state: 'ENDED' })
    },

    /** Of a video that is being removed. */
    forgetDone: async (uploadId: string): Promise<void> => {
      const upload = await Uploads.findOne({ _id: uploadId, state: 'DONE' }).lean<UploadRow>()
      if (upload === null) return
      await chunks.forgetChunks(upload)
      await Uploads.deleteOne({ _id: uploadId, state: 'DONE' })
    },

    /** Those that are under way for lectures of this course. */
    ofLectures: (lectureIds: string[]) =>
      Uploads.find({ lectureId: { $in: lectureIds }, state: { $ne: 'DONE' } }).lean<UploadRow[]>(),

    /** Whether it is open, or was not yet ended to the last step. */
    isUnderWay: async (uploadId: string): Promise<boolean> =>
      (await Uploads.exists({ _id: uploadId, state: { $in: ['OPEN', 'ENDED'] } })) !== null,

    /** Whether an upload's bytes lie there. */
    hasParts: async (partsId: string): Promise<boolean> =>
      (await Uploads.exists({ 'parts.partsId': partsId })) !== null,

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

    /**
     * From now on the store knows what has arrived. What was recorded of these chunks is forgotten, as others may take
     * their place. False when the upload takes nothing any more.
     */
    goDirect: async (upload: UploadRow, indexes: number[]): Promise<boolean> => {
      const still = { _id: upload._id, state: 'OPEN' as const, 'parts.partsId': upload.parts.partsId }
      const { matchedCount } = await Uploads.updateOne(still, { $set: { direct: true } })
      if (matchedCount === 1) await chunks.forgetStored(upload, indexes)
      return matchedCount === 1
    },

    /** Gives the upload new parts, so that all chunks have to come again. False where another call did so first. */
    restart: async (upload: UploadRow, parts: PartsRef): Promise<boolean> => {
      const { partsId } = upload.parts
      const still = { _id: upload._id, state: 'OPEN' as const, 'parts.partsId': partsId }
      const { matchedCount } = await Uploads.updateOne(still, {
        $set: { parts, discarded: upload.parts.key },
      })
      await chunks.forgetChunks(upload)
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
        const processingSince = new Date()
        const processing = { status: 'PROCESSING' as const, uploadId, rawVideoUrl, processingSince }
        const before = await models.Lectures.findOneAndUpdate(
          { _id: lectureId },
          { $set: processing, $unset: { failure: 1, preview: 1 } },
          { session, returnDocument: 'before' },
        ).lean<LectureRow>()
        if (before === null) throw fail('LECTURE_NOT_FOUND')
        await assets.release([before.uploadId], session)
        const { container: _container, ...sent } = video
        await assets.create({ uploadId, lectureId, ownerId, rawKey: parts.key, ...sent }, session)
        await usage.keep({ ownerId, uploadId, sizeBytes: video.sizeBytes }, session)
        await outbox.addJob(
          videoJob,
          { lectureId, uploadId, rawVideoUrl, instructorId: ownerId, ...video },
          session,
          { traceId, id: uploadId },
        )
      }),
  }
}
