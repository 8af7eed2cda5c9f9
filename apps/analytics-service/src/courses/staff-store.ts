import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

type StaffRow = {
  /** The course's id. */
  _id: string
  staffIds: string[]
  /** Those of them who may change the course. */
  editorIds?: string[]
  sequence: number
}
const staffSchema = new Schema<StaffRow>(
  {
    _id: String,
    staffIds: [String],
    editorIds: { type: [String], default: undefined },
    sequence: { type: Number, required: true },
  },
  { versionKey: false, collection: 'courseStaff' },
)

type Staff = { staffIds: string[]; editorIds?: string[] }
export type StaffStore = {
  /** Keeps the largest sequence. */
  save(staff: Staff & { courseId: string; sequence: number }, session: Session): Promise<void>
  /** Asks MongoDB each time: who was removed is out at once, at every instance. */
  isStaff(courseId: string, userId: string): Promise<boolean>
  /** The same of those who may change the course. */
  isEditor(courseId: string, userId: string): Promise<boolean>
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
    async save({ courseId, staffIds, editorIds = [], sequence }, session) {
      const known = await Staff.findById(courseId, { sequence: 1 }).session(session).lean()
      if (known !== null && known.sequence >= sequence) return
      const change = { $set: { staffIds, editorIds, sequence } }
      await Staff.updateOne({ _id: courseId }, change, { upsert: true, session })
    },

    isStaff: async (courseId, userId) => (await Staff.exists({ _id: courseId, staffIds: userId })) !== null,
    isEditor: async (courseId, userId) => (await Staff.exists({ _id: courseId, editorIds: userId })) !== null,

    async read(courseIds) {
      const rows = await Staff.find({ _id: { $in: courseIds } }).lean()
      return new Map(rows.map((row) => [row._id, row.staffIds]))
    },
  }
}
