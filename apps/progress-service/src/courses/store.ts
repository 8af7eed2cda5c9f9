import { defaultCompletion, type CompletionRule } from '@aetherlearn/contracts/course/completion'
import type { LecturePackage } from '@aetherlearn/contracts/course/packages'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import { tasksOf, type LectureTask } from './lectures.ts'

type CourseRow = {
  /** The course's id. */
  _id: Types.ObjectId
  version: number
  lectures: Types.ObjectId[]
  /** In seconds, in the order of `lectures`; absent in the oldest rows. */
  durations?: number[]
  totalLectures: number
  /** Absent: `defaultCompletion`. */
  completion?: CompletionRule
  /** Lecture id → what there is to do in it besides watching; absent: nothing in any. */
  tasks?: Record<string, LectureTask>
  /** Left of a removed course, so that events which come late do not bring it back. */
  removed?: boolean
}
const courseSchema = new Schema<CourseRow>(
  {
    _id: Schema.Types.ObjectId,
    version: { type: Number, required: true },
    lectures: [Schema.Types.ObjectId],
    durations: { type: [Number], default: undefined },
    totalLectures: { type: Number, required: true },
    completion: { type: Schema.Types.Mixed },
    tasks: { type: Schema.Types.Mixed },
    removed: Boolean,
  },
  { versionKey: false, collection: 'courseMeta' },
)
/** What percentages need of a course lies in the index itself, so that thousands of lectures are not read with it. */
const heading = { _id: 1, version: 1, totalLectures: 1, removed: 1 } as const
courseSchema.index(heading)

type EnrolmentRow = {
  userId: Types.ObjectId
  courseId: Types.ObjectId
  sequence: number
  active: boolean
  /** When the student enrolled for the first time; absent in the oldest rows. */
  since?: Date
}
const enrolmentSchema = new Schema<EnrolmentRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    sequence: { type: Number, required: true },
    active: { type: Boolean, required: true },
    since: Date,
  },
  { versionKey: false, collection: 'enrolments' },
)
enrolmentSchema.index({ userId: 1, courseId: 1 }, { unique: true })
enrolmentSchema.index({ courseId: 1 })
const activeOf = { userId: 1, active: 1, courseId: 1 } as const
enrolmentSchema.index(activeOf)

/** MongoDB would be asked again after 101 rows. */
export const WHOLE_ANSWER = 2000

/** A course as its students see it. */
export type KnownCourse = {
  version: number
  /** Lecture id → its length in seconds; 0 where that is not known. */
  lectures: ReadonlyMap<string, number>
  totalLectures: number
  completion: CompletionRule
  /** Of lectures that are more than a video. */
  tasks: ReadonlyMap<string, LectureTask>
}
export type CourseHeading = Pick<KnownCourse, 'version' | 'totalLectures'>
/** What an event says of a course. */
export type PublishedCourse = {
  courseId: string
  version: number
  lectures: {
    lectureId: string
    durationSeconds: number
    package?: LecturePackage
    questions?: number
  }[]
  completion?: CompletionRule | undefined
}
export type Member = { userId: string; courseId: string }
export type EnrolmentFact = Member & { sequence: number; active: boolean; at: string }
export type CourseStore = {
  /** Keeps the largest version; false where a larger one is known. */
  saveCourse(course: PublishedCourse, session: Session): Promise<boolean>
  /** The course and all who were enrolled in it. */
  removeCourse(course: { courseId: string; version: number }, session: Session): Promise<void>
  /** Keeps the largest sequence; of a removed course nothing. */
  saveEnrolment(fact: EnrolmentFact, session: Session): Promise<void>
  readCourse(courseId: string, session?: Session): Promise<KnownCourse | undefined>
  /** Of those that are known; from an index alone, however many lectures they have. */
  headings(courseIds: string[], session?: Session): Promise<Map<string, CourseHeading>>
  /** Those who are enrolled. */
  enrolledAmong(members: Member[]): Promise<Member[]>
  /** Since when the student has been in these courses, in ms since 1970, where that is known. */
  enrolledSince(userId: string, courseIds: string[]): Promise<Map<string, number>>
  coursesOf(userId: string): Promise<string[]>
}

/** What this service knows of courses and enrolments, from the events of course-service. */
export function createCourseStore(connection: MongoConnection): CourseStore {
  const Course = connection.model<CourseRow>('CourseMeta', courseSchema)
  const Enrolment = connection.model<EnrolmentRow>('Enrolment', enrolmentSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async saveCourse({ courseId, version, lectures, completion }, session) {
      const known = await Course.findById(id(courseId), { version: 1 }).session(session).lean()
      if (known !== null && known.version >= version) return false
      const tasks = tasksOf(lectures)
      const $set = {
        version,
        lectures: lectures.map(({ lectureId }) => id(lectureId)),
        durations: lectures.map(({ durationSeconds }) => durationSeconds),
        totalLectures: lectures.length,
        ...(completion && { completion }),
        ...(tasks.size > 0 && { tasks: Object.fromEntries(tasks) }),
      }
      const $unset = {
        ...(completion === undefined && { completion: 1 as const }),
        ...(tasks.size === 0 && { tasks: 1 as const }),
      }
      const change = { $set, ...(Object.keys($unset).length > 0 && { $unset }) }
      await Course.updateOne({ _id: id(courseId) }, change, { upsert: true, session })
      return true
    },

    async removeCourse({ courseId, version }, session) {
      const change = { version, lectures: [], durations: [], totalLectures: 0, removed: true }
      await Course.updateOne({ _id: id(courseId) }, { $set: change }, { upsert: true, session })
      await Enrolment.deleteMany({ courseId: id(courseId) }, { session })
    },

    async saveEnrolment({ userId, courseId, sequence, active, at }, session) {
      if (await Course.exists({ _id: id(courseId), removed: true }).session(session)) return
      const key = { userId: id(userId), courseId: id(courseId) }
      const known = await Enrolment.findOne(key, { sequence: 1 }).session(session).lean()
      const isNews = known === null || known.sequence < sequence
      const change = {
        ...(isNews && { $set: { sequence, active } }),
        ...(active && { $min: { since: new Date(at) } }),
      }
      if (isNews || active) await Enrolment.updateOne(key, change, { upsert: true, session })
    },

    async readCourse(courseId, session) {
      const row = await Course.findOne({ _id: id(courseId), removed: { $ne: true } })
        .session(session ?? null)
        .lean<CourseRow>()
      return row === null ? undefined : toKnown(row)
    },

    async headings(courseIds, session) {
      const rows = await Course.find({ _id: { $in: courseIds.map(id) } }, heading)
        .session(session ?? null)
        .hint(heading)
        .batchSize(WHOLE_ANSWER)
        .lean<Pick<CourseRow, keyof typeof heading>[]>()
      return new Map(
        rows.flatMap(({ _id, version, totalLectures, removed }) =>
          removed === true ? [] : [[_id.toHexString(), { version, totalLectures }]],
        ),
      )
    },

    async enrolledSince(userId, courseIds) {
      const filter = { userId: id(userId), courseId: { $in: courseIds.map(id) }, since: { $exists: true } }
      const rows = await Enrolment.find(filter, { courseId: 1, since: 1 }).lean()
      return new Map(rows.map((row) => [row.courseId.toHexString(), row.since?.getTime() ?? 0]))
    },

    async enrolledAmong(members) {
      // Few courses have most of those who watch at one time.
      const byCourse = Object.groupBy(members, ({ courseId }) => courseId)
      const anyOf = Object.entries(byCourse).map(([courseId, some = []]) => ({
        courseId: id(courseId),
        userId: { $in: some.map(({ userId }) => id(userId)) },
      }))
      const fields = { _id: 0, userId: 1, courseId: 1 }
      const rows = await Enrolment.find({ $or: anyOf, active: true }, fields).lean()
      return rows.map((row) => ({ userId: row.userId.toHexString(), courseId: row.courseId.toHexString() }))
    },

    async coursesOf(userId) {
      const rows = await Enrolment.find({ userId: id(userId), active: true }, { _id: 0, courseId: 1 })
        .hint(activeOf)
        .batchSize(WHOLE_ANSWER)
        .lean()
      return rows.map((row) => row.courseId.toHexString())
    },
  }
}

const toKnown = ({
  version,
  lectures,
  durations,
  totalLectures,
  completion,
  tasks = {},
}: CourseRow): KnownCourse => ({
  version,
  lectures: new Map(lectures.map((lecture, i) => [lecture.toHexString(), durations?.[i] ?? 0])),
  totalLectures,
  completion: completion ?? defaultCompletion,
  tasks: new Map(Object.entries(tasks)),
})
