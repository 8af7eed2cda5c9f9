import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types, type PipelineStage } from 'mongoose'
import { dayOf, placeOfDay, unpackDays, type PackedDays } from './days.ts'
import type { ActivityStore, Watched } from './activity-store.ts'
import type { Student } from './rules.ts'

/** What events say of a student in a course; they come in any order. */
type StudentRow = {
  courseId: Types.ObjectId
  userId: Types.ObjectId
  /** Absent where only the completion of a lecture was heard so far. */
  sequence?: number
  active?: boolean
  /** For the first time. */
  enrolledAt?: Date
  completedLectures?: Types.ObjectId[]
  lastCompletedAt?: Date
  /** On which something was completed. */
  days?: PackedDays
  completedAt?: Date
  /** They must not be known: nothing is kept but that they are enrolled, and no list has them. */
  withheld?: boolean
}
const studentSchema = new Schema<StudentRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    userId: { type: Schema.Types.ObjectId, required: true },
    sequence: Number,
    active: Boolean,
    enrolledAt: Date,
    completedLectures: { type: [Schema.Types.ObjectId], default: undefined },
    lastCompletedAt: Date,
    days: Schema.Types.Mixed,
    completedAt: Date,
    withheld: Boolean,
  },
  { versionKey: false, collection: 'students' },
)
studentSchema.index({ courseId: 1, userId: 1 }, { unique: true })
studentSchema.index({ userId: 1 })

export type Member = { courseId: string; userId: string }
export type EnrolmentFact = Member & { sequence: number; enrolled: boolean; at: Date; withheld: boolean }
export type StudentStore = {
  /** Keeps the largest sequence. */
  saveEnrolment(fact: EnrolmentFact, session: Session): Promise<void>
  saveLecture(fact: Member & { lectureId: string; at: Date }, session: Session): Promise<void>
  saveCompletion(fact: Member & { at: Date }, session: Session): Promise<void>
  /** The same of somebody who must not be known: the lecture is completed by nobody. */
  saveLectureOfNobody(fact: { courseId: string; lectureId: string }, session: Session): Promise<void>
  /** Everybody of a course that was removed. */
  removeCourse(courseId: string, session: Session): Promise<void>
  /** All who are or were enrolled, but those who must not be known; and how many lectures the course has. */
  ofCourse(courseId: string): Promise<{ students: Student[]; lectures: number }>
}
type Found = Pick<StudentRow, 'userId' | 'active' | 'lastCompletedAt' | 'days'> & {
  enrolledAt: Date
  completed: number
  completedCourse: boolean
}
type CurriculumRow = { lectures?: { lectureId: Types.ObjectId }[]; everLectures?: Types.ObjectId[] }

/** Read at a time, so that other requests have their turn between two of them. */
const BATCH = 500

export function createStudentStore(
  connection: MongoConnection,
  activity: Pick<ActivityStore, 'ofCourse'>,
): StudentStore {
  const Students = connection.model<StudentRow>('Student', studentSchema)
  const id = (hex: string) => new Types.ObjectId(hex)
  const keyOf = ({ courseId, userId }: Member) => ({ courseId: id(courseId), userId: id(userId) })
  const change = (member: Member, update: object, session: Session) =>
    Students.updateOne(keyOf(member), update, { upsert: true, session })

  return {
    async saveEnrolment({ sequence, enrolled, at, withheld, ...member }, session) {
      const known = await Students.findOne(keyOf(member), { sequence: 1 }).session(session).lean()
      const isNews = known?.sequence === undefined || known.sequence < sequence
      const update = {
        ...(isNews && { $set: { sequence, active: enrolled, ...(withheld && { withheld }) } }),
        ...(enrolled && { $min: { enrolledAt: at } }),
      }
      if (isNews || enrolled) await change(member, update, session)
    },

    async saveLecture({ lectureId, at, ...member }, session) {
      const { name, bits } = placeOfDay(dayOf(at))
      const update = {
        $addToSet: { completedLectures: id(lectureId) },
        $max: { lastCompletedAt: at },
        $bit: { [`days.${name}`]: { or: bits } },
      }
      await change(member, update, session)
    },

    async saveLectureOfNobody({ courseId, lectureId }, session) {
      const row = { courseId: id(courseId), userId: new Types.ObjectId(), completedLectures: [id(lectureId)] }
      await Students.create([row], { session })
    },

    async saveCompletion({ at, ...member }, session) {
      await change(member, { $min: { completedAt: at } }, session)
    },

    async removeCourse(courseId, session) {
      await Students.deleteMany({ courseId: id(courseId) }, { session })
    },

    async ofCourse(courseId) {
      const row = await connection
        .collection<CurriculumRow>('courseMeta')
        .findOne({ _id: id(courseId) }, { projection: { 'lectures.lectureId': 1, everLectures: 1 } })
      const former = formerLectures(row ?? {})
      // The driver's own call: mongoose would look at each of ten thousand rows.
      const found = Students.collection.aggregate<Found>(stages(id(courseId), former), { batchSize: BATCH })
      const [rows, watching] = await Promise.all([found.toArray(), activity.ofCourse(courseId)])
      const students = rows.map((student) => studentOf(student, watching.get(student.userId.toHexString())))
      return { students, lectures: row?.lectures?.length ?? 0 }
    },
  }
}

const studentOf = (student: Found, watched: Watched | undefined): Student => ({
  userId: student.userId.toHexString(),
  enrolledAt: student.enrolledAt,
  enrolled: student.active ?? false,
  completedLectures: student.completed,
  completedCourse: student.completedCourse,
  watchTimeMs: watched?.watchTimeMs ?? 0,
  lastActiveAt: later(student.lastCompletedAt, watched?.lastActiveAt),
  activeDays: unpackDays(student.days ?? {}, watched?.days ?? {}),
})

/** Lectures of earlier versions; completed ones of these count no more. */
function formerLectures({ lectures = [], everLectures = [] }: CurriculumRow): Types.ObjectId[] {
  const current = new Set(lectures.map(({ lectureId }) => lectureId.toHexString()))
  return everLectures.filter((lectureId) => !current.has(lectureId.toHexString()))
}

const completedLectures = { $ifNull: ['$completedLectures', []] }

/** MongoDB counts completed lectures, and the lists stay there: ten thousand students may have completed a thousand each. */
const stages = (courseId: Types.ObjectId, former: Types.ObjectId[]): PipelineStage[] => [
  { $match: { courseId, enrolledAt: { $exists: true }, withheld: { $ne: true } } },
  {
    $project: {
      _id: 0,
      userId: 1,
      active: 1,
      enrolledAt: 1,
      lastCompletedAt: 1,
      days: 1,
      completedCourse: { $ne: [{ $type: '$completedAt' }, 'missing'] },
      completed: {
        // Few lectures are removed, and most often none: those are looked for, and not all that there are.
        $subtract: [
          { $size: completedLectures },
          former.length === 0 ? 0 : { $size: { $setIntersection: [completedLectures, former] } },
        ],
      },
    },
  },
]

const later = (a: Date | undefined, b: Date | undefined): Date | null =>
  a === undefined || (b !== undefined && b > a) ? (b ?? null) : a
