import { erasureDone, userErased } from '@aetherlearn/contracts/identity'
import type { AppName } from '@aetherlearn/contracts/system'
import { Schema, type Connection } from 'mongoose'
import { on, type EventHandler } from './listener.ts'
import { workOnEach } from './rounds.ts'
import { fail } from './errors.ts'
import { transaction, type Session } from './mongo.ts'
import type { Outbox } from './outbox.ts'

/** An id that names nobody any more, and by which whatever comes late is known for late. */
type ErasedRow = {
  /** The user's id. */
  _id: string
  heardAt: Date
  sweeps: number
  /** Absent after the last one. */
  sweepAt?: Date
  /** By which it is said that all is gone. */
  caseId?: string
  /** What there was to remove. */
  found?: Held
  /** Whether that was said. */
  isSaid?: boolean
}
/** What is held about a person: a collection or a kind of key or object → how many. */
export type Held = Record<string, number>
const erasedSchema = new Schema<ErasedRow>(
  {
    _id: String,
    heardAt: { type: Date, required: true },
    sweeps: { type: Number, required: true },
    sweepAt: Date,
    caseId: String,
    found: Schema.Types.Mixed,
    isSaid: Boolean,
  },
  { versionKey: false, collection: 'erasedUsers' },
)
erasedSchema.index({ sweepAt: 1 }, { partialFilterExpression: { sweepAt: { $exists: true } } })

type Due = Pick<ErasedRow, '_id' | 'sweeps'>

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
  /** Who tells how it went. */
  service: AppName
  outbox: Pick<Outbox, 'add'>
  /** All that `sweep` would remove, counted; what holds nothing may be left out. */
  held: (userId: string) => Promise<Held>
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
export function createErasure(options: ErasureOptions): Erasure {
  const { connection, sweep, service, outbox, held, now = Date.now } = options
  const Erased = connection.model<ErasedRow>('ErasedUser', erasedSchema)

  async function among(userIds: string[], session?: Session) {
    const rows = await Erased.find({ _id: { $in: userIds } }, { _id: 1 })
      .session(session ?? null)
      .lean()
    return new Set(rows.map(({ _id }) => _id))
  }

  /**
   * What there is to remove is noted before: who is killed while removing must not report too little. A first sweep that is
   * done again finds less, a later one what has come since.
   */
  async function noteFound({ _id, sweeps }: Due): Promise<boolean> {
    const found = Object.entries(await held(_id)).flatMap(([what, count]) =>
      count > 0 ? [[`found.${what}`, count] as const] : [],
    )
    if (found.length === 0) return false
    const counts = Object.fromEntries(found)
    await Erased.updateOne({ _id, sweeps }, sweeps === 0 ? { $max: counts } : { $inc: counts })
    return true
  }

  async function sweepOnce({ _id, sweeps }: Due) {
    const isNews = await noteFound({ _id, sweeps })
    await sweep(_id)
    const left = Object.values(await held(_id)).reduce((sum, count) => sum + count, 0)
    const done = { sweeps: sweeps + 1 }
    const change =
      done.sweeps < SWEEPS
        ? { $set: { ...done, sweepAt: new Date(now() + pauseAfter(done.sweeps)) } }
        : { $set: done, $unset: { sweepAt: 1 as const } }
    await transaction(connection, async (session) => {
      // Where another instance was faster its count stands.
      const row = await Erased.findOneAndUpdate({ _id, sweeps }, change, { session }).lean()
      if (row === null || left > 0 || (row.isSaid === true && !isNews)) return
      await sayDone(row, session)
    })
  }

  /** Only of nothing that is left: what came in between is found by the next sweep, a minute later. */
  async function sayDone({ _id, caseId, found = {} }: ErasedRow, session: Session) {
    if (caseId === undefined) return
    await Erased.updateOne({ _id }, { $set: { isSaid: true } }, { session })
    const at = new Date(now()).toISOString()
    await outbox.add(erasureDone, { caseId, service, removed: found, remaining: 0, at }, session)
  }

  return {
    event: on(userErased, async ({ userId, caseId }, session) => {
      const known = await Erased.findById(userId, { caseId: 1 }).session(session).lean()
      // Another case: somebody whom a backup had brought back is erased once more.
      if (known !== null && (caseId === undefined || known.caseId === caseId)) return
      const heardAt = new Date(now())
      const row = { heardAt, sweeps: 0, sweepAt: heardAt, ...(caseId !== undefined && { caseId }) }
      await Erased.replaceOne({ _id: userId }, row, { session, upsert: true })
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
