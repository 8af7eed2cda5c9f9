import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'

type StudentRow = {
  courseId: Types.ObjectId
  userId: Types.ObjectId
  completedLectures?: Types.ObjectId[]
}
/** Of a week: who was at risk, and why. */
type DigestRow = { atRiskIds: Types.ObjectId[]; students: { userId: Types.ObjectId }[] }

export type NamedStore = {
  /** What students have done is nobody's from now on; that they are enrolled stays. Again, it changes nothing. */
  withhold(userId: string): Promise<void>
  /** They are in the lists of their courses again. */
  allow(userId: string): Promise<void>
}

/** Rows that say of somebody what they did, and the field in which that person stands. */
const DONE = [
  ['studentActivity', 'userId'],
  ['playbacks', 'userId'],
  ['answers', 'userId'],
  ['pseudonyms', '_id'],
  ['webhookDeliveries', 'userId'],
  ['toldAtRisk', 'userId'],
] as const

export function createNamedStore(connection: MongoConnection): NamedStore {
  const students = connection.collection<StudentRow>('students')

  /** A lecture that was completed stays one that was, by nobody. */
  async function leaveCompletions(userId: Types.ObjectId, session: Session) {
    const rows = await students.find({ userId, completedLectures: { $exists: true } }, { session }).toArray()
    const nobodys = rows.map(({ courseId, completedLectures = [] }) => ({
      courseId,
      userId: new Types.ObjectId(),
      completedLectures,
    }))
    if (nobodys.length > 0) await students.insertMany(nobodys, { session })
    const done = { completedLectures: 1, lastCompletedAt: 1, days: 1, completedAt: 1 } as const
    await students.updateMany({ userId }, { $set: { withheld: true }, $unset: done }, { session })
  }

  return {
    async withhold(userId) {
      const id = new Types.ObjectId(userId)
      await transaction(connection, (session) => leaveCompletions(id, session))
      for (const [name, field] of DONE)
        await connection.collection(name).deleteMany({ [field]: { $in: [userId, id] } })
      await connection
        .collection<DigestRow>('digests')
        .updateMany({ atRiskIds: id }, { $pull: { atRiskIds: id, students: { userId: id } } })
    },

    async allow(userId) {
      const filter = { userId: new Types.ObjectId(userId), withheld: true }
      await students.updateMany(filter, { $unset: { withheld: 1 } })
    },
  }
}
