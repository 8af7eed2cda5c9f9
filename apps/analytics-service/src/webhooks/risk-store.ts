import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'

/** A student at risk of whom the webhooks of a course were told. */
type ToldRow = { courseId: Types.ObjectId; userId: Types.ObjectId; at: Date }
const toldSchema = new Schema<ToldRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    userId: { type: Schema.Types.ObjectId, required: true },
    at: { type: Date, required: true },
  },
  { versionKey: false, collection: 'toldAtRisk' },
)
toldSchema.index({ courseId: 1, userId: 1 }, { unique: true })
toldSchema.index({ userId: 1 })

export type RiskStore = {
  /** Those of whom nothing was told yet; from now on it was. */
  newAmong(courseId: string, userIds: string[], at: Date, session: Session): Promise<Set<string>>
  /** Of all others it is told when they are at risk again. */
  keepOnly(courseId: string, userIds: string[]): Promise<void>
  /** Courses that nobody wants to be told of. */
  forgetOther(courseIds: string[]): Promise<void>
}

export function createRiskStore(connection: MongoConnection): RiskStore {
  const Told = connection.model<ToldRow>('ToldAtRisk', toldSchema)
  const ids = (hex: string[]) => hex.map((one) => new Types.ObjectId(one))
  return {
    async newAmong(courseId, userIds, at, session) {
      const course = new Types.ObjectId(courseId)
      const wanted = { courseId: course, userId: { $in: ids(userIds) } }
      const rows = await Told.find(wanted, { userId: 1 }).session(session).lean()
      const known = new Set(rows.map(({ userId }) => userId.toHexString()))
      const fresh = userIds.filter((userId) => !known.has(userId))
      const told = fresh.map((userId) => ({ courseId: course, userId: new Types.ObjectId(userId), at }))
      if (told.length > 0) await Told.insertMany(told, { session })
      return new Set(fresh)
    },
    async keepOnly(courseId, userIds) {
      await Told.deleteMany({ courseId: new Types.ObjectId(courseId), userId: { $nin: ids(userIds) } })
    },
    async forgetOther(courseIds) {
      await Told.deleteMany({ courseId: { $nin: ids(courseIds) } })
    },
  }
}
