import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import { createTurns } from '@aetherlearn/service-kit/turns'
import { Schema, Types } from 'mongoose'
import type { ActivityStore } from '../activity/store.ts'
import { dayOf } from '../activity/zones.ts'
import type { Ranges } from '../watch/ranges.ts'
import type { ProgressModel } from '../watch/store.ts'
import {
  changesBetween,
  courseByDay,
  keepLive,
  minutesByDay,
  minutesToTell,
  nothingKept,
  settleDays,
  totalOf,
  type Credited,
  type Kept,
} from './days.ts'
import { createEventStore, type EventStore, type ReceivedEvent } from './event-store.ts'
import { writeProgress, type LatePosition } from './progress-store.ts'
import { activeMinutes, creditLate, latestPositions, type Credit } from './rules.ts'

/** What a student's events are worth. Each batch writes it first, so that those of one student come one by one. */
type LearnerRow = Kept & {
  /** The user's id. */
  _id: Types.ObjectId
  batches: number
}
const learnerSchema = new Schema<LearnerRow>(
  {
    _id: Schema.Types.ObjectId,
    batches: { type: Number, required: true },
    live: Schema.Types.Mixed,
    days: Schema.Types.Mixed,
    settled: Schema.Types.Mixed,
    minutes: Schema.Types.Mixed,
  },
  { versionKey: false, collection: 'lateLearners', minimize: false },
)

export type Batch = {
  userId: string
  events: ReceivedEvent[]
  /** When this student's watching was reported live. */
  live: Ranges
  now: number
}
export type Outcome = {
  /** How many events were new. */
  accepted: number
  /** Positions that replaced what MongoDB had. */
  moved: LatePosition[]
  /** Lectures that are worth something else now. */
  changed: Credited
}
export type LateStore = {
  /** Those of these ids that we have. */
  known(userId: string, ids: string[]): ReturnType<EventStore['read']>
  /** Keeps what is new and puts anew what all events of the student are worth, both or neither. */
  keep(batch: Batch): Promise<Outcome>
}
export type LateStoreDeps = {
  connection: MongoConnection
  Progress: ProgressModel
  activity: Pick<ActivityStore, 'learner' | 'recordLate'>
  /** Events kept of one student. */
  limit?: number | undefined
}

const EVENTS_LIMIT = 20_000
/** For each of these events, on the average: all that they claim is in one row, and is gone through with each batch. */
const STRETCHES_EACH = 2
const stretchesOf = (events: Iterable<ReceivedEvent>) =>
  [...events].reduce((sum, { ranges }) => sum + ranges.length, 0)

export function createLateStore(deps: LateStoreDeps): LateStore {
  const { connection, Progress, activity, limit = EVENTS_LIMIT } = deps
  const events = createEventStore(connection)
  const Learner = connection.model<LearnerRow>('LateLearner', learnerSchema)
  const inTurn = createTurns()
  const id = (hex: string) => new Types.ObjectId(hex)

  async function takeRow(userId: string, session: Session): Promise<Kept> {
    const options = { upsert: true, returnDocument: 'after' as const, session }
    const change = { $inc: { batches: 1 } }
    const row = await Learner.findOneAndUpdate({ _id: id(userId) }, change, options).lean<LearnerRow>()
    return { ...nothingKept, ...row }
  }

  async function keep({ userId, events: sent, live, now }: Batch, session: Session): Promise<Outcome> {
    const before = await takeRow(userId, session)
    const all = await events.read(userId, undefined, session)
    const fresh = sent.filter((event) => !all.has(event.id))
    for (const event of fresh) all.set(event.id, event)
    const isFull = all.size > limit || stretchesOf(all.values()) > STRETCHES_EACH * limit
    if (fresh.length > 0 && isFull) throw fail('LATE_REPORTS_FULL')
    if (fresh.length > 0) await events.add(userId, fresh, session)

    const spans = keepLive(before.live, live, now)
    const credits = creditLate(all.values(), spans)
    const worth = settleDays(before, credits, now)
    const minutes = await tellMinutes({ userId, now, before: before.minutes, credits }, session)
    const after = { days: worth.days, settled: worth.settled, live: spans, minutes }
    await Learner.updateOne({ _id: id(userId) }, { $set: after }, { session })

    const changed = changesBetween(totalOf(before), totalOf(worth))
    const courses = new Set(fresh.map((event) => event.courseId))
    const ahead = latestPositions([...all.values()].filter((event) => courses.has(event.courseId)))
    const moved = await writeProgress(Progress, { userId, ahead, changed, now }, session)
    return { accepted: fresh.length, changed, moved }
  }

  type Telling = { userId: string; now: number; before: Kept['minutes']; credits: Credit[] }
  async function tellMinutes({ userId, now, before, credits }: Telling, session: Session) {
    const { zones } = await activity.learner(userId, session)
    const dayAt = (at: number) => dayOf(at, zones)
    const minutes = minutesByDay(activeMinutes(credits), dayAt, now)
    const told = minutesToTell(before, minutes, dayAt, now)
    await activity.recordLate(userId, told, session, courseByDay(credits, dayAt))
    return minutes
  }

  return {
    known: (userId, ids) => events.read(userId, { ids }),
    keep: (batch) => inTurn(batch.userId, () => transaction(connection, (session) => keep(batch, session))),
  }
}
