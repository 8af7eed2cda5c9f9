import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'

type LectureRow = { lectureId: Types.ObjectId; lectureTitle: string; durationSeconds?: number }
type CourseRow = {
  /** The course's id. */
  _id: Types.ObjectId
  creatorId: Types.ObjectId
  /** Absent for courses that were last published before it was kept. */
  title?: string
  version: number
  lectures: LectureRow[]
  /** Of all versions that were heard of. */
  everLectures?: Types.ObjectId[]
  /** Left of a removed course, so that events which come late do not bring it back. */
  removed?: boolean
}
const lectureSchema = new Schema<LectureRow>(
  {
    lectureId: { type: Schema.Types.ObjectId, required: true },
    lectureTitle: { type: String, required: true },
    durationSeconds: Number,
  },
  { _id: false },
)
const courseSchema = new Schema<CourseRow>(
  {
    _id: Schema.Types.ObjectId,
    creatorId: Schema.Types.ObjectId,
    title: String,
    version: { type: Number, required: true },
    lectures: [lectureSchema],
    everLectures: { type: [Schema.Types.ObjectId], default: undefined },
    removed: Boolean,
  },
  { versionKey: false, collection: 'courseMeta' },
)

export type KnownLecture = {
  lectureId: string
  lectureTitle: string
  /** 0: not known. */
  durationSeconds: number
}
export type KnownCourse = {
  creatorId: string
  /** Absent where it has not been heard yet. */
  title?: string
  /** In curriculum order. */
  lectures: KnownLecture[]
}
export type CourseStore = {
  /**
   * Keeps the largest version, and of all others that they had these lectures. Answers whether it is larger than those
   * heard of before.
   */
  save(course: KnownCourse & { courseId: string; version: number }, session: Session): Promise<boolean>
  /** From now on nobody finds it. */
  remove(course: { courseId: string; version: number }, session: Session): Promise<void>
  isRemoved(courseId: string, session: Session): Promise<boolean>
  read(courseIds: string[]): Promise<Map<string, KnownCourse>>
}

/** What this service knows of courses, from the events of course-service. */
export function createCourseStore(connection: MongoConnection): CourseStore {
  const Course = connection.model<CourseRow>('CourseMeta', courseSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async save({ courseId, creatorId, title, version, lectures }, session) {
      const known = await Course.findById(id(courseId), { version: 1, everLectures: 1 })
        .session(session)
        .lean<Pick<CourseRow, 'version' | 'everLectures'>>()
      const ever = new Set(known?.everLectures?.map((lectureId) => lectureId.toHexString()))
      const added = lectures.filter(({ lectureId }) => !ever.has(lectureId))
      const isNews = known === null || known.version < version
      const update = {
        ...(isNews && { $set: { creatorId, title, version, lectures } }),
        $push: { everLectures: { $each: added.map(({ lectureId }) => id(lectureId)) } },
      }
      await Course.updateOne({ _id: id(courseId) }, update, { upsert: true, session })
      return isNews
    },

    async remove({ courseId, version }, session) {
      const change = { version, lectures: [], removed: true }
      await Course.updateOne({ _id: id(courseId) }, { $set: change }, { upsert: true, session })
    },

    isRemoved: async (courseId, session) =>
      (await Course.exists({ _id: id(courseId), removed: true }).session(session)) !== null,

    async read(courseIds) {
      const filter = { _id: { $in: courseIds.map(id) }, removed: { $ne: true } }
      const rows = await Course.find(filter, { everLectures: 0 }).lean()
      return new Map(
        rows.map((row) => [
          row._id.toHexString(),
          {
            creatorId: row.creatorId.toHexString(),
            ...(row.title !== undefined && { title: row.title }),
            lectures: row.lectures.map(({ lectureId, lectureTitle, durationSeconds = 0 }) => ({
              lectureId: lectureId.toHexString(),
              lectureTitle,
              durationSeconds,
            })),
          },
        ]),
      )
    },
  }
}
