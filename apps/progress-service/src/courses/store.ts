import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'

type CourseRow = {
  /** The course's id. */
  _id: Types.ObjectId
  version: number
  lectures: Types.ObjectId[]
  totalLectures: number
  /** Left of a removed course, so that events which come late do not bring it back. */
  removed?: boolean
}
const courseSchema = new Schema<CourseRow>(
  {
    _id: Schema.Types.ObjectId,
    version: { type: Number, required: true },
    lectures: [Schema.Types.ObjectId],
    totalLectures: { type: Number, required: true },
    removed: Boolean,
  },
  { versionKey: false, collection: 'courseMeta' },
)

type EnrolmentRow = { userId: Types.ObjectId; courseId: Types.ObjectId; sequence: number; active: boolean }
const enrolmentSchema = new Schema<EnrolmentRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    sequence: { type: Number, required: true },
    active: { type: Boolean, required: true },
  },
  { versionKey: false, collection: 'enrolments' },
)
enrolmentSchema.index({ userId: 1, courseId: 1 }, { unique: true })
enrolmentSchema.index({ courseId: 1 })

/** The lectures of a course as its students see them. */
export type CourseLectures = { lectures: ReadonlySet<string>; totalLectures: number }
export type Member = { userId: string; courseId: string }
export type CourseStore = {
  /** Keeps the largest version; false where a larger one is known. */
  saveCourse(
    course: { courseId: string; version: number; lectures: string[] },
    session: Session,
  ): Promise<boolean>
  /** The course and all who were enrolled in it. */
  removeCourse(course: { courseId: string; version: number }, session: Session): Promise<void>
  /** Keeps the largest sequence; of a removed course nothing. */
  saveEnrolment(fact: Member & { sequence: number; active: boolean }, session: Session): Promise<void>
  readCourses(courseIds: string[], session?: Session): Promise<Map<string, CourseLectures>>
  isEnrolled(member: Member): Promise<boolean>
  coursesOf(userId: string): Promise<string[]>
}

/** What this service knows of courses and enrolments, from the events of course-service. */
export function createCourseStore(connection: MongoConnection): CourseStore {
  const Course = connection.model<CourseRow>('CourseMeta', courseSchema)
  const Enrolment = connection.model<EnrolmentRow>('Enrolment', enrolmentSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async saveCourse({ courseId, version, lectures }, session) {
      const known = await Course.findById(id(courseId), { version: 1 }).session(session).lean()
      if (known !== null && known.version >= version) return false
      const change = { version, lectures: lectures.map(id), totalLectures: lectures.length }
      await Course.updateOne({ _id: id(courseId) }, { $set: change }, { upsert: true, session })
      return true
    },

    async removeCourse({ courseId, version }, session) {
      const change = { version, lectures: [], totalLectures: 0, removed: true }
      await Course.updateOne({ _id: id(courseId) }, { $set: change }, { upsert: true, session })
      await Enrolment.deleteMany({ courseId: id(courseId) }, { session })
    },

    async saveEnrolment({ userId, courseId, sequence, active }, session) {
      if (await Course.exists({ _id: id(courseId), removed: true }).session(session)) return
      const key = { userId: id(userId), courseId: id(courseId) }
      const known = await Enrolment.findOne(key, { sequence: 1 }).session(session).lean()
      if (known !== null && known.sequence >= sequence) return
      await Enrolment.updateOne(key, { $set: { sequence, active } }, { upsert: true, session })
    },

    async readCourses(courseIds, session) {
      const rows = await Course.find({ _id: { $in: courseIds.map(id) }, removed: { $ne: true } })
        .session(session ?? null)
        .lean()
      return new Map(
        rows.map(({ _id, lectures, totalLectures }) => [
          _id.toHexString(),
          { lectures: new Set(lectures.map((lecture) => lecture.toHexString())), totalLectures },
        ]),
      )
    },

    async isEnrolled({ userId, courseId }) {
      const key = { userId: id(userId), courseId: id(courseId), active: true }
      return (await Enrolment.exists(key)) !== null
    },

    async coursesOf(userId) {
      const rows = await Enrolment.find({ userId: id(userId), active: true }, { courseId: 1 }).lean()
      return rows.map((row) => row.courseId.toHexString())
    },
  }
}
