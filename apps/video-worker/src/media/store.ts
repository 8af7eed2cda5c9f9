import { randomUUID } from 'node:crypto'
import type { MediaFailure } from '@aetherlearn/contracts/course/shapes'
import { mediaFailed, mediaPlayable, mediaReady } from '@aetherlearn/contracts/media'
import { isDuplicateKey, transaction, type Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection } from 'mongoose'
import type { Finished, Playable } from '../transcode/finish.ts'
import type { Plan } from '../transcode/plan.ts'
import { tellAgain } from './told-store.ts'

/** Longer than any job of a discarded video can still come. */
const DISCARDED_KEPT_SECONDS = 7 * 24 * 3600

const mediaSchema = new Schema(
  {
    lectureId: { type: String, required: true },
    uploadId: { type: String, required: true },
    instructorId: { type: String, required: true },
    state: { type: String, enum: ['PROCESSING', 'READY', 'FAILED', 'DISCARDED'], required: true },
    /** Who may take the video to its end: the attempt that claimed last. */
    attemptId: { type: String, required: true },
    /** Claims that were not handed back. */
    attempts: { type: Number, required: true },
    /** Whose output counts. */
    runId: String,
    /** All that were ever begun, for their leftovers. */
    runIds: { type: [String], default: [] },
    /** Of a run that is made in parts: later attempts go on with it. */
    plan: Schema.Types.Mixed,
    playableAt: Date,
    failure: { type: { code: String, advice: String, _id: false } },
    folder: String,
    durationSeconds: Number,
    width: Number,
    height: Number,
    /** What was said when it was finished: it may have to be said again. */
    told: Schema.Types.Mixed,
    discardedAt: Date,
  },
  { collection: 'media', timestamps: true, versionKey: false },
)
mediaSchema.index({ lectureId: 1, uploadId: 1 }, { unique: true })
mediaSchema.index({ discardedAt: 1 }, { expireAfterSeconds: DISCARDED_KEPT_SECONDS })

export type VideoRef = { lectureId: string; uploadId: string; instructorId: string }
export type RunRef = VideoRef & { runId: string }
/** `plan` is there when the run is made in parts and was begun by an earlier attempt. */
export type Attempt = RunRef & { attemptId: string; attempts: number; plan?: Plan }

export type MediaStore = ReturnType<typeof createMediaStore>

/**
 * What became of each uploaded video. The queue is a hint; this is the truth: only the attempt that claimed last can
 * publish, once, in the transaction that leaves the event.
 */
export function createMediaStore(connection: Connection, outbox: Outbox) {
  const Media = connection.model('Media', mediaSchema)
  const processing = ({ lectureId, uploadId, runId }: RunRef) => ({
    lectureId,
    uploadId,
    runId,
    state: 'PROCESSING' as const,
  })
  /** What an attempt may change, and what everybody may who works on the same run. */
  const mine = (by: RunRef | Attempt) =>
    'attemptId' in by ? { ...processing(by), attemptId: by.attemptId } : processing(by)
  const continueRun = async ({ lectureId, uploadId, instructorId }: VideoRef) => {
    const attemptId = randomUUID()
    const found = await Media.findOneAndUpdate(
      { lectureId, uploadId, state: 'PROCESSING', plan: { $exists: true } },
      { $set: { attemptId }, $inc: { attempts: 1 } },
      { returnDocument: 'after' },
    ).lean()
    if (found === null) return undefined
    const { attempts, runId, plan } = found
    return { lectureId, uploadId, instructorId, attemptId, attempts, runId: runId ?? '', plan: plan as Plan }
  }
  const beginRun = async ({ lectureId, uploadId, instructorId }: VideoRef) => {
    const attemptId = randomUUID()
    const runId = attemptId
    const change = { $set: { attemptId, runId }, $push: { runIds: runId }, $inc: { attempts: 1 } }
    try {
      const { attempts } = await Media.findOneAndUpdate(
        { lectureId, uploadId, state: 'PROCESSING', plan: { $exists: false } },
        { ...change, $setOnInsert: { instructorId } },
        { upsert: true, returnDocument: 'after' },
      ).lean()
      return { lectureId, uploadId, instructorId, attemptId, attempts, runId }
    } catch (error) {
      if (isDuplicateKey(error)) return undefined
      throw error
    }
  }
  const claimOnce = async (video: VideoRef): Promise<Attempt | undefined> =>
    (await continueRun(video)) ?? (await beginRun(video))
  return {
    /** A new attempt, or nothing when the video was finished before. */
    // A duplicate key also comes from two first claims at once; the second look tells them apart.
    claim: async (video: VideoRef): Promise<Attempt | undefined> =>
      (await claimOnce(video)) ?? (await claimOnce(video)),

    /** False when the video was finished, or is another's by now. */
    isWanted: async (by: RunRef | Attempt): Promise<boolean> => (await Media.exists(mine(by))) !== null,

    /** How the parts of a run are made, for those who make one. */
    planOf: async (run: RunRef): Promise<Plan | undefined> => {
      const found = await Media.findOne(mine(run), { plan: 1 }).lean()
      return found?.plan as Plan | undefined
    },

    /** From now on the run is made in parts; `insertTasks` writes them in the same transaction. False when superseded. */
    savePlan: (
      attempt: Attempt,
      plan: Plan,
      insertTasks: (session: Session) => Promise<unknown>,
    ): Promise<boolean> =>
      transaction(connection, async (session) => {
        const { matchedCount } = await Media.updateOne(mine(attempt), { $set: { plan } }, { session })
        if (matchedCount === 1) await insertTasks(session)
        return matchedCount === 1
      }),

    /** Says once per video that its smallest rung can be watched. */
    sayPlayable: (
      run: RunRef,
      folder: string,
      early: Playable & { durationSeconds: number },
      traceId: string,
    ): Promise<void> =>
      transaction(connection, async (session) => {
        const { lectureId, uploadId, instructorId } = run
        const fresh = { ...processing(run), playableAt: { $exists: false } }
        const { matchedCount } = await Media.updateOne(
          fresh,
          { $set: { playableAt: new Date() } },
          { session },
        )
        if (matchedCount === 0) return
        const about = { lectureId, uploadId, instructorId, folder, ...early }
        await outbox.add(mediaPlayable, about, session, traceId)
      }),

    /** True for exactly one attempt of a video. */
    publish: (attempt: Attempt, folder: string, made: Finished, traceId?: string): Promise<boolean> =>
      transaction(connection, async (session) => {
        const { lectureId, uploadId, instructorId } = attempt
        const { durationSeconds, width, height } = made
        const told = { lectureId, uploadId, instructorId, folder, ...made }
        const ready = { state: 'READY' as const, folder, durationSeconds, width, height, told }
        const change = { $set: ready, $unset: { plan: 1 as const } }
        const { matchedCount } = await Media.updateOne(mine(attempt), change, { session })
        if (matchedCount === 0) return false
        await outbox.add(mediaReady, told, session, traceId)
        return true
      }),

    /** True for exactly one attempt, or one who makes a part, and never after `publish`. */
    fail: (by: RunRef | Attempt, failure: MediaFailure, traceId?: string): Promise<boolean> =>
      transaction(connection, async (session) => {
        const { lectureId, uploadId, instructorId } = by
        const told = { lectureId, uploadId, instructorId, failure }
        const change = { $set: { state: 'FAILED' as const, failure, told }, $unset: { plan: 1 as const } }
        const { matchedCount } = await Media.updateOne(mine(by), change, { session })
        if (matchedCount === 0) return false
        await outbox.add(mediaFailed, told, session, traceId)
        return true
      }),

    /** Of a finished video; false where there is nothing to tell. */
    tellAgain: ({ lectureId, uploadId }: Omit<VideoRef, 'instructorId'>, traceId: string) => {
      const find = (session: Session) =>
        Media.findOne({ lectureId, uploadId }, { state: 1, told: 1 }).session(session).lean()
      return tellAgain({ connection, outbox, find }, traceId)
    },

    /** A stop of the worker is no attempt of the video, nor is waiting for others. */
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
        $unset: { plan: 1 as const },
        $setOnInsert: { instructorId: '', attemptId: '', runIds: [], attempts: 0 },
      }
      await Media.updateOne({ lectureId, uploadId }, change, { session, upsert: true })
    },

    /** Of a finished video: the run that it consists of, and those whose output nobody needs. */
    runsOf: async ({ lectureId, uploadId }: Omit<VideoRef, 'instructorId'>) => {
      const media = await Media.findOne({ lectureId, uploadId }).lean()
      if (media === null || media.state === 'PROCESSING') return undefined
      const kept = media.state === 'READY' ? (media.runId ?? undefined) : undefined
      return { kept, leftovers: media.runIds.filter((id) => id !== kept) }
    },
  }
}
