import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types, type mongo } from 'mongoose'
import type { Batch, StudentTime } from '../batch.ts'
import { placeOfDay, type PackedDays } from './days.ts'

/**
 * What a student has watched of a course. Apart from what events say of them: a flush writes thousands of these in one
 * transaction, which an event about one of them would undo each time.
 */
type ActivityRow = {
  courseId: Types.ObjectId
  userId: Types.ObjectId
  watchTimeMs: number
  lastActiveAt: Date
  days: PackedDays
}
const activitySchema = new Schema<ActivityRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    userId: { type: Schema.Types.ObjectId, required: true },
    watchTimeMs: { type: Number, required: true },
    lastActiveAt: { type: Date, required: true },
    days: Schema.Types.Mixed,
  },
  { versionKey: false, collection: 'studentActivity' },
)
activitySchema.index({ courseId: 1, userId: 1 }, { unique: true })
activitySchema.index({ userId: 1 })

export type Watched = Pick<ActivityRow, 'watchTimeMs' | 'lastActiveAt' | 'days'>
export type ActivityStore = {
  /** Adds what batches have of students who may be known, in the transaction that applies each batch once. */
  add(batches: Pick<Batch, 'courseId' | 'students'>[], session: Session): Promise<void>
  /** User id → what they have watched. */
  ofCourse(courseId: string): Promise<Map<string, Watched>>
}

/** Read at a time, so that other requests have their turn between two of them. */
const BATCH = 500
/** Written at a time, so that no write takes longer than a connection waits. */
const AT_ONCE = 1000

export function createActivityStore(connection: MongoConnection): ActivityStore {
  const Rows = connection.model<ActivityRow>('StudentActivity', activitySchema)
  // The driver's own calls: mongoose would look into every field.
  const rows = Rows.collection as unknown as mongo.Collection<ActivityRow>
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async add(batches, session) {
      const updates = batches.flatMap(({ courseId, students }) =>
        students.map((student) => ({
          updateOne: {
            filter: { courseId: id(courseId), userId: id(student.userId) },
            update: additionOf(student),
            upsert: true,
          },
        })),
      )
      for (let i = 0; i < updates.length; i += AT_ONCE)
        await rows.bulkWrite(updates.slice(i, i + AT_ONCE), { session, ordered: false })
    },

    async ofCourse(courseId) {
      const options = { projection: { _id: 0, courseId: 0 }, batchSize: BATCH }
      const found = await rows.find({ courseId: id(courseId) }, options).toArray()
      return new Map(found.map(({ userId, ...watched }) => [userId.toHexString(), watched]))
    },
  }
}

function additionOf({ watchTimeMs, lastActiveAt, days }: StudentTime) {
  const places: Record<string, number> = {}
  for (const { name, bits } of days.map(placeOfDay)) places[name] = (places[name] ?? 0) | bits
  const bits = Object.entries(places).map(([name, or]) => [`days.${name}`, { or }])
  return {
    $inc: { watchTimeMs },
    $max: { lastActiveAt },
    ...(bits.length > 0 && { $bit: Object.fromEntries(bits) }),
  }
}
