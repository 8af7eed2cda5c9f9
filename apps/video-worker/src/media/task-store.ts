import { randomUUID } from 'node:crypto'
import type { Session } from '@aetherlearn/service-kit/mongo'
import { Schema, type Connection } from 'mongoose'
import type { PictureResult, SoundResult } from '../transcode/track.ts'
import type { RunRef, VideoRef } from './store.ts'

/** A backstop: tasks are removed when their video is finished. */
const KEPT_SECONDS = 30 * 24 * 3600

const taskSchema = new Schema(
  {
    runId: { type: String, required: true },
    name: { type: String, required: true },
    lectureId: { type: String, required: true },
    uploadId: { type: String, required: true },
    /** Has to be done before anything can be watched. */
    isEarly: { type: Boolean, required: true },
    /** Object with the packets that it is made of. */
    input: { type: String, required: true },
    state: { type: String, enum: ['OPEN', 'DONE'], required: true },
    /** Claims that were not handed back. */
    attempts: { type: Number, required: true },
    /** All that ever claimed, for their leftovers. */
    claimIds: { type: [String], required: true },
    /** Whose output counts. */
    claimId: String,
    picture: Schema.Types.Mixed,
    sound: Schema.Types.Mixed,
  },
  { collection: 'tasks', timestamps: true, versionKey: false },
)
taskSchema.index({ runId: 1, name: 1 }, { unique: true })
taskSchema.index({ lectureId: 1, uploadId: 1 })
taskSchema.index({ createdAt: 1 }, { expireAfterSeconds: KEPT_SECONDS })

export type Task = { name: string; isEarly: boolean; input: string }
export type Claim = { runId: string; name: string; claimId: string; attempts: number; input: string }
export type TaskResult = { picture: PictureResult } | { sound: SoundResult }
export type DoneTask = { name: string; picture?: PictureResult; sound?: SoundResult }

export type TaskStore = ReturnType<typeof createTaskStore>

/**
 * The tasks of videos that are made in parts, one document each, as a long video has a thousand. Whoever finishes a task
 * first has done it: every result is as good as any other, and the others remove what they made.
 */
export function createTaskStore(connection: Connection) {
  const Tasks = connection.model('Task', taskSchema)
  const open = ({ runId, name }: { runId: string; name: string }) => ({ runId, name, state: 'OPEN' as const })
  return {
    insert: ({ runId, lectureId, uploadId }: RunRef, tasks: Task[], session: Session) =>
      Tasks.insertMany(
        tasks.map((task) => ({
          ...{ ...task, runId, lectureId, uploadId, attempts: 0, claimIds: [] },
          state: 'OPEN' as const,
        })),
        { session },
      ),

    /** A new claim, or nothing when the task is done or its video finished. */
    claim: async (runId: string, name: string): Promise<Claim | undefined> => {
      const claimId = randomUUID()
      const change = { $push: { claimIds: claimId }, $inc: { attempts: 1 } }
      const found = await Tasks.findOneAndUpdate(open({ runId, name }), change, {
        returnDocument: 'after',
      }).lean()
      return found === null
        ? undefined
        : { runId, name, claimId, attempts: found.attempts, input: found.input }
    },

    isOpen: async (claim: Claim): Promise<boolean> => (await Tasks.exists(open(claim))) !== null,

    /** True for exactly one claim of a task. */
    complete: async (claim: Claim, result: TaskResult): Promise<boolean> => {
      const done = { state: 'DONE' as const, claimId: claim.claimId, ...result }
      return (await Tasks.updateOne(open(claim), { $set: done })).modifiedCount === 1
    },

    /** A stop of the worker is no attempt of the task. */
    handBack: async (claim: Claim): Promise<void> => {
      await Tasks.updateOne(open(claim), { $inc: { attempts: -1 } })
    },

    /** What is still to be done. */
    openOf: async (runId: string): Promise<Task[]> => {
      const found = await Tasks.find({ runId, state: 'OPEN' }, { name: 1, isEarly: 1, input: 1 }).lean()
      return found.map(({ name, isEarly, input }) => ({ name, isEarly, input }))
    },

    /** The results of all tasks, or of the early ones; nothing while one of them is still to be done. */
    resultsOf: async (runId: string, which: 'all' | 'early'): Promise<DoneTask[] | undefined> => {
      const wanted = which === 'early' ? { runId, isEarly: true } : { runId }
      if ((await Tasks.exists({ ...wanted, state: 'OPEN' })) !== null) return undefined
      const found = await Tasks.find(wanted, { name: 1, picture: 1, sound: 1 }).sort({ name: 1 }).lean()
      return found.map(({ name, picture, sound }) => ({
        name,
        ...(picture === undefined ? {} : { picture: picture as PictureResult }),
        ...(sound === undefined ? {} : { sound: sound as SoundResult }),
      }))
    },

    doneOf: async (runId: string): Promise<string[]> =>
      (await Tasks.find({ runId, state: 'DONE' }, { name: 1 }).lean()).map(({ name }) => name),

    /** Claims of a run whose output nobody needs. */
    leftovers: async (runId: string): Promise<string[]> => {
      const found = await Tasks.find({ runId }, { claimIds: 1, claimId: 1 }).lean()
      return found.flatMap(({ claimIds, claimId }) => claimIds.filter((id) => id !== claimId))
    },

    removeOf: async ({ lectureId, uploadId }: Omit<VideoRef, 'instructorId'>): Promise<void> => {
      await Tasks.deleteMany({ lectureId, uploadId })
    },
  }
}
