import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types, type mongo } from 'mongoose'
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

/** Of one student in one batch. */
export type Activity = {
  userId: string
  watchTimeMs: number
  lastActiveAt: Date
  /** Days of UTC since 1970. */
  days: number[]
}
export type Watched = Pick<ActivityRow, 'watchTimeMs' | 'lastActiveAt' | 'days'>
export type ActivityStore = {
  /** Adds what a batch has of a course's students, in the transaction that applies the batch once. */
  add(courseId: string, students: Activity[], session: Session): Promise<void>
  /** User id → what they have watched. */
  ofCourse(courseId: string): Promise<Map<string, Watched>>
}

/** Read at a time, so that other requests have their turn between two of them. */
const BATCH = 500

export function createActivityStore(
  connection: MongoConnection,
  erasure: Pick<Erasure, 'among'>,
): ActivityStore {
  const Rows = connection.model<ActivityRow>('StudentActivity', activitySchema)
  // The driver's own calls: mongoose would look into every field.
  const rows = Rows.collection as unknown as mongo.Collection<ActivityRow>
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async add(courseId, students, session) {
      const gone = await erasure.among(
        students.map(({ userId }) => userId),
        session,
      )
      const present = students.filter(({ userId }) => !gone.has(userId))
      if (present.length === 0) return
      const updates = present.map(({ userId, ...activity }) => ({
        updateOne: {
          filter: { courseId: id(courseId), userId: id(userId) },
          update: additionOf(activity),
          upsert: true,
        },
      }))
      await rows.bulkWrite(updates, { session, ordered: false })
    },

    async ofCourse(courseId) {
      const options = { projection: { _id: 0, courseId: 0 }, batchSize: BATCH }
      const found = await rows.find({ courseId: id(courseId) }, options).toArray()
      return new Map(found.map(({ userId, ...watched }) => [userId.toHexString(), watched]))
    },
  }
}

function additionOf({ watchTimeMs, lastActiveAt, days }: Omit<Activity, 'userId'>) {
  const places: Record<string, number> = {}
  for (const { name, bits } of days.map(placeOfDay)) places[name] = (places[name] ?? 0) | bits
  const bits = Object.entries(places).map(([name, or]) => [`days.${name}`, { or }])
  return {
    $inc: { watchTimeMs },
    $max: { lastActiveAt },
    ...(bits.length > 0 && { $bit: Object.fromEntries(bits) }),
  }
}
