import { EventEmitter } from 'node:events'
import type { EventType, JobType, Payload } from '@aetherlearn/contracts/shape'
import { Schema, Types, type Connection, type InferSchemaType, type Model } from 'mongoose'
import type { Session } from './mongo.ts'

const SENT_ROWS_KEPT_SECONDS = 7 * 24 * 3600

const outboxSchema = new Schema(
  {
    kind: { type: String, enum: ['event', 'job'], required: true },
    /** The event's name, or the job's queue. */
    name: { type: String, required: true },
    payload: { type: Schema.Types.Mixed, required: true },
    traceId: { type: String, required: true },
    /** Since when it is to be sent; not that of its id, which may be older. */
    dueAt: { type: Date, default: () => new Date() },
    sentAt: { type: Date, default: null },
    /** Which of the sendings that Redis counted it went with (`sendings.ts`). */
    sending: Number,
    /** How often its job came to nothing and another was sent, under another id. */
    again: Number,
  },
  { versionKey: false, collection: 'outbox', minimize: false },
)
outboxSchema.index({ sentAt: 1, dueAt: 1, _id: 1 })
outboxSchema.index({ sending: 1 }, { partialFilterExpression: { sending: { $exists: true } } })
/** For `dropOf`. */
outboxSchema.index({ 'payload.userId': 1 }, { sparse: true })
outboxSchema.index({ sentAt: 1 }, { expireAfterSeconds: SENT_ROWS_KEPT_SECONDS, name: 'forgetSent' })

export type OutboxRow = InferSchemaType<typeof outboxSchema> & { _id: Types.ObjectId }
export const outboxModel = (connection: Connection): Model<OutboxRow> =>
  connection.models['Outbox'] ?? connection.model<OutboxRow>('Outbox', outboxSchema)

type NewRow = Pick<OutboxRow, 'kind' | 'name' | 'payload' | 'traceId'> & { _id?: Types.ObjectId }

/** BullMQ refuses job ids that are all digits. */
export const jobIdOf = ({ _id, again }: Pick<OutboxRow, '_id' | 'again'>): string =>
  again ? `outbox-${String(_id)}-${again}` : `outbox-${String(_id)}`

/** The order in which rows are sent. */
export const BY_AGE = { dueAt: 1, _id: 1 } as const

/** `id` is that of the row, for those who want to find it again: 24 hex digits. */
export type JobOptions = { traceId?: string; id?: string }
/** Work as it was last given to its queue. */
export type SentJob = { id: string; jobId: string; sentAt: Date }

export type Outbox = {
  /** Leaves an event for every listener that the map names, in the transaction of `session`. */
  add<E extends EventType>(type: E, payload: Payload<E>, session: Session, traceId?: string): Promise<void>
  /** The same for many facts at once, in their order. */
  addEach<E extends EventType>(
    type: E,
    facts: { payload: Payload<E>; traceId: string }[],
    session: Session,
  ): Promise<void>
  /** Leaves work for the queue of `type`, in the transaction of `session`. */
  addJob<J extends JobType>(
    type: J,
    payload: Payload<J>,
    session: Session,
    options?: JobOptions,
  ): Promise<void>
  /** Removes what was said of somebody, and answers how much that was: who is to be forgotten must not stay in here for days. */
  dropOf(userId: string, session: Session): Promise<number>
  /** What `dropOf` would remove. */
  countOf(userId: string): Promise<number>
  /** Those of these rows that are there: sent, or `undefined` where they are still to be sent. */
  jobs(ids: string[]): Promise<Map<string, SentJob | undefined>>
  /** Since when the oldest row that is not sent waits for it. */
  oldestDue(): Promise<Date | undefined>
  /** Has it sent once more under a new id, as a finished job's id is taken. False where somebody else was faster. */
  sendAgain(job: SentJob): Promise<boolean>
  /** Fires after a session that added rows has ended, so that the relay need not wait for its next round. */
  added: EventEmitter<{ rows: [] }>
}

/** For what no request has begun. */
export const NO_TRACE = '0'.repeat(32)

export function createOutbox(connection: Connection): Outbox {
  const Row = outboxModel(connection)
  const added = new EventEmitter<{ rows: [] }>()
  const waking = new WeakSet<Session>()
  const insert = async (rows: NewRow[], session: Session) => {
    await Row.insertMany(rows, { session })
    // A transaction that runs again comes here with the same session.
    if (waking.has(session)) return
    waking.add(session)
    session.once('ended', () => added.emit('rows'))
  }
  return {
    added,
    add: (type, payload, session, traceId = NO_TRACE) =>
      insert([{ kind: 'event', name: type.name, payload, traceId }], session),
    addEach: async (type, facts, session) => {
      const rows = facts.map((fact) => ({ kind: 'event' as const, name: type.name, ...fact }))
      if (rows.length > 0) await insert(rows, session)
    },
    addJob: (type, payload, session, { traceId = NO_TRACE, id } = {}) => {
      const _id = new Types.ObjectId(id)
      return insert([{ _id, kind: 'job', name: type.queue, payload, traceId }], session)
    },
    dropOf: async (userId, session) => {
      const { deletedCount } = await Row.deleteMany({ 'payload.userId': userId }, { session })
      return deletedCount
    },
    countOf: (userId) => Row.countDocuments({ 'payload.userId': userId }),
    jobs: async (ids) => {
      const wanted = ids.map((id) => new Types.ObjectId(id))
      const rows = await Row.find({ _id: { $in: wanted } }, { sentAt: 1, again: 1 }).lean<OutboxRow[]>()
      return new Map(rows.map((row) => [String(row._id), sentJob(row)]))
    },
    oldestDue: async () => {
      const oldest = await Row.findOne({ sentAt: null }, { dueAt: 1 }).sort(BY_AGE).lean<OutboxRow>()
      return oldest?.dueAt ?? undefined
    },
    sendAgain: async ({ id, sentAt }) => {
      const anew = {
        $set: { sentAt: null, dueAt: new Date() },
        $unset: { sending: 1 as const },
        $inc: { again: 1 },
      }
      const { modifiedCount } = await Row.updateOne({ _id: id, sentAt }, anew)
      if (modifiedCount === 1) added.emit('rows')
      return modifiedCount === 1
    },
  }
}

const sentJob = (row: OutboxRow): SentJob | undefined =>
  row.sentAt ? { id: String(row._id), jobId: jobIdOf(row), sentAt: row.sentAt } : undefined
