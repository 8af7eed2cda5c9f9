import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

type StaffRow = {
  /** The course's id. */
  _id: string
  creatorId?: string
  /** Of the course that named its creator. */
  version?: number
  staffIds?: string[]
  /** Those of them who may change the course. */
  editorIds?: string[]
  sequence?: number
}
const staffSchema = new Schema<StaffRow>(
  {
    _id: String,
    creatorId: String,
    version: Number,
    staffIds: { type: [String], default: undefined },
    editorIds: { type: [String], default: undefined },
    sequence: Number,
  },
  { versionKey: false, collection: 'courseStaff' },
)

type Created = { courseId: string; creatorId: string; version: number }
type Staffed = { courseId: string; staffIds: string[]; editorIds?: string[]; sequence: number }
export type StaffStore = {
  /** Keeps the largest version. */
  saveCreator(course: Created, session: Session): Promise<void>
  /** Keeps the largest sequence. */
  saveStaff(staff: Staffed, session: Session): Promise<void>
  /** Whether the person made the course or works on it. Asks MongoDB each time: who was removed is out at once. */
  worksOn(courseId: string, userId: string): Promise<boolean>
  /** Whether the person made the course or may change it. */
  edits(courseId: string, userId: string): Promise<boolean>
  /** Of a course that is gone. */
  remove(courseId: string, session: Session): Promise<void>
}

/** Who stands behind a course. Its creator and its staff are said by different events, which come in any order. */
export function createStaffStore(connection: MongoConnection): StaffStore {
  const Staff = connection.model<StaffRow>('CourseStaff', staffSchema)
  const known = (courseId: string, session: Session) => Staff.findById(courseId).session(session).lean()
  const save = (courseId: string, $set: Partial<StaffRow>, session: Session) =>
    Staff.updateOne({ _id: courseId }, { $set }, { upsert: true, session })

  const isAmong = async (_id: string, places: object[]) => (await Staff.exists({ _id, $or: places })) !== null

  return {
    async saveCreator({ courseId, creatorId, version }, session) {
      if (((await known(courseId, session))?.version ?? -1) >= version) return
      await save(courseId, { creatorId, version }, session)
    },

    async saveStaff({ courseId, staffIds, editorIds = [], sequence }, session) {
      if (((await known(courseId, session))?.sequence ?? -1) >= sequence) return
      await save(courseId, { staffIds, editorIds, sequence }, session)
    },

    worksOn: (courseId, userId) => isAmong(courseId, [{ creatorId: userId }, { staffIds: userId }]),
    edits: (courseId, userId) => isAmong(courseId, [{ creatorId: userId }, { editorIds: userId }]),

    async remove(courseId, session) {
      // What comes late must not bring anybody back.
      const gone = { creatorId: '', version: Number.MAX_SAFE_INTEGER, staffIds: [], editorIds: [] }
      await save(courseId, { ...gone, sequence: Number.MAX_SAFE_INTEGER }, session)
    },
  }
}
