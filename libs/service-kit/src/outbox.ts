import { EventEmitter } from 'node:events'
import type { EventType, JobType, Payload } from '@aetherlearn/contracts/shape'
import { Schema, type Connection, type InferSchemaType, type Model, type Types } from 'mongoose'
import type { Session } from './mongo.ts'

const SENT_ROWS_KEPT_SECONDS = 7 * 24 * 3600

const outboxSchema = new Schema(
  {
    kind: { type: String, enum: ['event', 'job'], required: true },
    /** The event's name, or the job's queue. */
    name: { type: String, required: true },
    payload: { type: Schema.Types.Mixed, required: true },
    traceId: { type: String, required: true },
    sentAt: { type: Date, default: null },
  },
  { versionKey: false, collection: 'outbox', minimize: false },
)
outboxSchema.index({ sentAt: 1, _id: 1 })
outboxSchema.index({ sentAt: 1 }, { expireAfterSeconds: SENT_ROWS_KEPT_SECONDS, name: 'forgetSent' })

export type OutboxRow = InferSchemaType<typeof outboxSchema> & { _id: Types.ObjectId }
export const outboxModel = (connection: Connection): Model<OutboxRow> =>
  connection.models['Outbox'] ?? connection.model<OutboxRow>('Outbox', outboxSchema)

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
  addJob<J extends JobType>(type: J, payload: Payload<J>, session: Session, traceId?: string): Promise<void>
  /** Fires after a session that added rows has ended, so that the relay need not wait for its next round. */
  added: EventEmitter<{ rows: [] }>
}

/** For what no request has begun. */
export const NO_TRACE = '0'.repeat(32)

export function createOutbox(connection: Connection): Outbox {
  const Row = outboxModel(connection)
  const added = new EventEmitter<{ rows: [] }>()
  const waking = new WeakSet<Session>()
  const insert = async (rows: Omit<OutboxRow, '_id' | 'sentAt'>[], session: Session) => {
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
    addJob: (type, payload, session, traceId = NO_TRACE) =>
      insert([{ kind: 'job', name: type.queue, payload, traceId }], session),
  }
}
