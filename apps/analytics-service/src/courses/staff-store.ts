import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

type StaffRow = {
  /** The course's id. */
  _id: string
  staffIds: string[]
  sequence: number
}
const staffSchema = new Schema<StaffRow>(
  { _id: String, staffIds: [String], sequence: { type: Number, required: true } },
  { versionKey: false, collection: 'courseStaff' },
)

export type StaffStore = {
  /** Keeps the largest sequence. */
  save(staff: { courseId: string; staffIds: string[]; sequence: number }, session: Session): Promise<void>
  /** Asks MongoDB each time: who was removed is out at once, at every instance. */
  isStaff(courseId: string, userId: string): Promise<boolean>
  /** Course → who works on it; courses of which nothing was heard are left out. */
  read(courseIds: string[]): Promise<Map<string, string[]>>
}

/**
 * Who may see a course's statistics besides its creator. Apart from what we know of the course, as both are said by
 * different events, which come in any order.
 */
export function createStaffStore(connection: MongoConnection): StaffStore {
  const Staff = connection.model<StaffRow>('CourseStaff', staffSchema)
  return {
    async save({ courseId, staffIds, sequence }, session) {
      const known = await Staff.findById(courseId, { sequence: 1 }).session(session).lean()
      if (known !== null && known.sequence >= sequence) return
      const change = { $set: { staffIds, sequence } }
      await Staff.updateOne({ _id: courseId }, change, { upsert: true, session })
    },

    isStaff: async (courseId, userId) => (await Staff.exists({ _id: courseId, staffIds: userId })) !== null,

    async read(courseIds) {
      const rows = await Staff.find({ _id: { $in: courseIds } }).lean()
      return new Map(rows.map((row) => [row._id, row.staffIds]))
    },
  }
}
