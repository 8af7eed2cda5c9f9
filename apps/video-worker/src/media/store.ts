import { randomUUID } from 'node:crypto'
import type { MediaFailure } from '@aetherlearn/contracts/course/shapes'
import { mediaFailed, mediaReady } from '@aetherlearn/contracts/media'
import { isDuplicateKey, transaction, type Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection } from 'mongoose'
import type { Finished } from '../transcode/finish.ts'

/** Longer than any job of a discarded video can still come. */
const DISCARDED_KEPT_SECONDS = 7 * 24 * 3600

const mediaSchema = new Schema(
  {
    lectureId: { type: String, required: true },
    uploadId: { type: String, required: true },
    instructorId: { type: String, required: true },
    state: { type: String, enum: ['PROCESSING', 'READY', 'FAILED', 'DISCARDED'], required: true },
    /** Whose output counts: the attempt that claimed last. */
    attemptId: { type: String, required: true },
    /** All that ever claimed, for their leftovers. */
    attemptIds: { type: [String], required: true },
    /** Claims that were not handed back. */
    attempts: { type: Number, required: true },
    failure: { type: { code: String, advice: String, _id: false } },
    folder: String,
    durationSeconds: Number,
    width: Number,
    height: Number,
    discardedAt: Date,
  },
  { collection: 'media', timestamps: true, versionKey: false },
)
mediaSchema.index({ lectureId: 1, uploadId: 1 }, { unique: true })
mediaSchema.index({ discardedAt: 1 }, { expireAfterSeconds: DISCARDED_KEPT_SECONDS })

export type VideoRef = { lectureId: string; uploadId: string; instructorId: string }
export type Attempt = VideoRef & { attemptId: string; attempts: number }

export type MediaStore = ReturnType<typeof createMediaStore>

/**
 * What became of each uploaded video. The queue is a hint; this is the truth: only the attempt that claimed last can
 * publish, once, in the transaction that leaves the event.
 */
export function createMediaStore(connection: Connection, outbox: Outbox) {
  const Media = connection.model('Media', mediaSchema)
  const mine = ({ lectureId, uploadId, attemptId }: Attempt) => ({
    lectureId,
    uploadId,
    attemptId,
    state: 'PROCESSING' as const,
  })
  const claimOnce = async ({ lectureId, uploadId, instructorId }: VideoRef) => {
    const attemptId = randomUUID()
    const change = { $set: { attemptId }, $push: { attemptIds: attemptId }, $inc: { attempts: 1 } }
    try {
      const { attempts } = await Media.findOneAndUpdate(
        { lectureId, uploadId, state: 'PROCESSING' },
        { ...change, $setOnInsert: { instructorId } },
        { upsert: true, returnDocument: 'after' },
      ).lean()
      return { lectureId, uploadId, instructorId, attemptId, attempts }
    } catch (error) {
      if (isDuplicateKey(error)) return undefined
      throw error
    }
  }
  return {
    /** A new attempt, or nothing when the video was finished before. */
    // A duplicate key also comes from two first claims at once; the second look tells them apart.
    claim: async (video: VideoRef): Promise<Attempt | undefined> =>
      (await claimOnce(video)) ?? (await claimOnce(video)),

    /** True for exactly one attempt of a video; the others must remove what they made. */
    publish: (attempt: Attempt, folder: string, made: Finished, traceId?: string): Promise<boolean> =>
      transaction(connection, async (session) => {
        const { lectureId, uploadId, instructorId } = attempt
        const { durationSeconds, width, height } = made
        const ready = { state: 'READY' as const, folder, durationSeconds, width, height }
        const { matchedCount } = await Media.updateOne(mine(attempt), { $set: ready }, { session })
        if (matchedCount === 0) return false
        await outbox.add(mediaReady, { lectureId, uploadId, instructorId, folder, ...made }, session, traceId)
        return true
      }),

    /** True for exactly one attempt, and never after `publish`. */
    fail: (attempt: Attempt, failure: MediaFailure, traceId?: string): Promise<boolean> =>
      transaction(connection, async (session) => {
        const { lectureId, uploadId, instructorId } = attempt
        const failed = { state: 'FAILED' as const, failure }
        const { matchedCount } = await Media.updateOne(mine(attempt), { $set: failed }, { session })
        if (matchedCount === 0) return false
        await outbox.add(mediaFailed, { lectureId, uploadId, instructorId, failure }, session, traceId)
        return true
      }),

    /** A stop of the worker is no attempt of the video. */
    handBack: async (attempt: Attempt): Promise<void> => {
      await Media.updateOne(mine(attempt), { $inc: { attempts: -1 } })
    },

    /** Nothing is made of this video any more; an attempt under way cannot publish, and its job, taken up again, cleans up. */
    discard: async (
      { lectureId, uploadId }: Omit<VideoRef, 'instructorId'>,
      session: Session,
    ): Promise<void> => {
      const change = {
        $set: { state: 'DISCARDED' as const, discardedAt: new Date() },
        $setOnInsert: { instructorId: '', attemptId: '', attemptIds: [], attempts: 0 },
      }
      await Media.updateOne({ lectureId, uploadId }, change, { session, upsert: true })
    },

    /** Attempts of a finished video whose output nobody needs. */
    leftovers: async ({ lectureId, uploadId }: VideoRef): Promise<string[]> => {
      const media = await Media.findOne({ lectureId, uploadId }).lean()
      if (media === null || media.state === 'PROCESSING') return []
      return media.attemptIds.filter((id) => media.state !== 'READY' || id !== media.attemptId)
    },
  }
}
