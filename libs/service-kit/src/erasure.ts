import { userErased } from '@aetherlearn/contracts/identity'
import { Schema, type Connection } from 'mongoose'
import { on, type EventHandler } from './listener.ts'
import { workOnEach } from './rounds.ts'
import { fail } from './errors.ts'
import type { Session } from './mongo.ts'

/** An id that names nobody any more, and by which whatever comes late is known for late. */
type ErasedRow = {
  /** The user's id. */
  _id: string
  heardAt: Date
  sweeps: number
  /** Absent after the last one. */
  sweepAt?: Date
}
const erasedSchema = new Schema<ErasedRow>(
  {
    _id: String,
    heardAt: { type: Date, required: true },
    sweeps: { type: Number, required: true },
    sweepAt: Date,
  },
  { versionKey: false, collection: 'erasedUsers' },
)
erasedSchema.index({ sweepAt: 1 }, { partialFilterExpression: { sweepAt: { $exists: true } } })

const AT_ONCE = 50
const FIRST_PAUSE_MS = 60_000
/** The pauses double, so the last sweep is 45 days after the event: no token, job or offline report lives so long. */
const SWEEPS = 17
/** When the next sweep is due after so many. */
const pauseAfter = (sweeps: number) => FIRST_PAUSE_MS * 2 ** (sweeps - 1)

export type ErasureOptions = {
  connection: Connection
  /** Removes all that this service keeps about somebody; again, it changes nothing. */
  sweep: (userId: string) => Promise<void>
  now?: () => number
}
export type Erasure = {
  event: EventHandler
  /** Those among them who are erased. */
  among(userIds: string[], session?: Session): Promise<Set<string>>
  /** Throws UNAUTHENTICATED for somebody who is erased and whose access token has not expired yet. */
  assertPresent(userId: string): Promise<void>
  /** Removes what has come since then of those among them who are erased, and answers who they are. */
  sweepAmong(userIds: string[]): Promise<Set<string>>
  /** The sweeps that are due; answers how many. */
  sweepDue(): Promise<number>
}

/**
 * Forgets people. The id is noted first, in the transaction of the event: from then on nothing new is taken. Then all is
 * removed, and again after a minute, two minutes, four and so on: what was under way at that moment, or comes late in
 * whatever way, may be written once more but does not stay. A process that dies anywhere leaves a sweep that is due.
 */
export function createErasure({ connection, sweep, now = Date.now }: ErasureOptions): Erasure {
  const Erased = connection.model<ErasedRow>('ErasedUser', erasedSchema)

  async function among(userIds: string[], session?: Session) {
    const rows = await Erased.find({ _id: { $in: userIds } }, { _id: 1 })
      .session(session ?? null)
      .lean()
    return new Set(rows.map(({ _id }) => _id))
  }

  async function sweepOnce({ _id, sweeps }: Pick<ErasedRow, '_id' | 'sweeps'>) {
    await sweep(_id)
    const done = { sweeps: sweeps + 1 }
    const change =
      done.sweeps < SWEEPS
        ? { $set: { ...done, sweepAt: new Date(now() + pauseAfter(done.sweeps)) } }
        : { $set: done, $unset: { sweepAt: 1 as const } }
    // Where another instance was faster its count stands.
    await Erased.updateOne({ _id, sweeps }, change)
  }

  return {
    event: on(userErased, async ({ userId }, session) => {
      if (await Erased.exists({ _id: userId }).session(session)) return
      const heardAt = new Date(now())
      await Erased.create([{ _id: userId, heardAt, sweeps: 0, sweepAt: heardAt }], { session })
      return () => sweepOnce({ _id: userId, sweeps: 0 })
    }),
    among,
    assertPresent: async (userId) => {
      if ((await Erased.exists({ _id: userId })) === null) return
      throw fail('UNAUTHENTICATED', { detail: 'This account has been deleted' })
    },
    sweepAmong: async (userIds) => {
      const erased = await among(userIds)
      for (const userId of erased) await sweep(userId)
      return erased
    },
    sweepDue: async () => {
      const due = await Erased.find({ sweepAt: { $lte: new Date(now()) } })
        .sort({ sweepAt: 1 })
        .limit(AT_ONCE)
        .lean()
      await workOnEach(due, sweepOnce)
      return due.length
    },
  }
}
