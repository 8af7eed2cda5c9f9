import type { Range } from '@aetherlearn/contracts/progress/shapes'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import type { LateEvent } from './rules.ts'

/** An event that is part of the sum. */
type EventRow = {
  userId: Types.ObjectId
  eventId: string
  courseId: Types.ObjectId
  lectureId: Types.ObjectId
  watchTime: number
  at: Date
  receivedAt: Date
  ranges: Range[]
  rate: number
  sessionId?: string
}
/** Longer than one of its moment may still come, and than it can stand against one that does. */
const KEPT_SECONDS = 40 * 24 * 3600
const eventSchema = new Schema<EventRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    eventId: { type: String, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    lectureId: { type: Schema.Types.ObjectId, required: true },
    watchTime: { type: Number, required: true },
    at: { type: Date, required: true },
    receivedAt: { type: Date, required: true },
    ranges: { type: Schema.Types.Mixed, required: true },
    rate: { type: Number, required: true },
    sessionId: String,
  },
  { versionKey: false, collection: 'lateEvents' },
)
eventSchema.index({ userId: 1, eventId: 1 }, { unique: true })
eventSchema.index({ at: 1 }, { expireAfterSeconds: KEPT_SECONDS })

export type ReceivedEvent = LateEvent & {
  /** Ms since 1970, on our own clock. */
  receivedAt: number
  sessionId?: string | undefined
}
export type EventStore = {
  /** Event id → event; all of the student's, or those of these ids that there are. */
  read(userId: string, only?: { ids: string[] }, session?: Session): Promise<Map<string, ReceivedEvent>>
  add(userId: string, events: ReceivedEvent[], session: Session): Promise<unknown>
}

const ALL_AT_ONCE = 20_000
const id = (hex: string) => new Types.ObjectId(hex)

export function createEventStore(connection: MongoConnection): EventStore {
  // The driver's own calls: mongoose would look at every field of thousands of events.
  const { collection } = connection.model<EventRow>('LateEvent', eventSchema)
  return {
    async read(userId, only, session) {
      const filter = { userId: id(userId), ...(only && { eventId: { $in: only.ids } }) }
      const options = { batchSize: ALL_AT_ONCE, ...(session && { session }) }
      const rows = await collection.find<EventRow>(filter, options).toArray()
      return new Map(rows.map((row) => [row.eventId, toEvent(row)]))
    },
    add: (userId, events, session) =>
      collection.insertMany(
        events.map((event) => toRow(userId, event)),
        { session },
      ),
  }
}

const toRow = (userId: string, { id: eventId, at, receivedAt, sessionId, ...event }: ReceivedEvent) => ({
  userId: id(userId),
  eventId,
  courseId: id(event.courseId),
  lectureId: id(event.lectureId),
  watchTime: event.watchTime,
  at: new Date(at),
  receivedAt: new Date(receivedAt),
  ranges: event.ranges,
  rate: event.rate,
  ...(sessionId !== undefined && { sessionId }),
})

const toEvent = (row: EventRow): ReceivedEvent => ({
  id: row.eventId,
  courseId: row.courseId.toHexString(),
  lectureId: row.lectureId.toHexString(),
  watchTime: row.watchTime,
  at: row.at.getTime(),
  receivedAt: row.receivedAt.getTime(),
  ranges: row.ranges,
  rate: row.rate,
  sessionId: row.sessionId,
})
