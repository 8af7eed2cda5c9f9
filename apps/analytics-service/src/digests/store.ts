import type { WeeklyDigest } from '@aetherlearn/contracts/analytics/digests'
import { MESSAGES_KEPT_DAYS } from '@aetherlearn/contracts/analytics/messages'
import type { RiskReason } from '@aetherlearn/contracts/analytics/students'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import { momentsOf, type Period } from '../dashboard/periods.ts'
import { weekBefore } from './rules.ts'

type DigestFacts = Pick<WeeklyDigest, 'numbers' | 'atRisk' | 'newAtRisk' | 'hotspots' | 'hardest'>
type DigestRow = DigestFacts & {
  courseId: Types.ObjectId
  /** Its Monday. */
  week: string
  madeAt: Date
  /** All who were at risk: the next digest says who is new. */
  atRiskIds: Types.ObjectId[]
  /** The first of the new ones. */
  students: { userId: Types.ObjectId; reasons: RiskReason[] }[]
}
const { ObjectId, Mixed } = Schema.Types
const digestSchema = new Schema<DigestRow>(
  {
    courseId: { type: ObjectId, required: true },
    week: { type: String, required: true },
    madeAt: { type: Date, required: true },
    numbers: { type: Mixed, required: true },
    atRisk: { type: Number, required: true },
    newAtRisk: { type: Number, required: true },
    atRiskIds: [ObjectId],
    students: { type: Mixed, required: true },
    hotspots: { type: Mixed, required: true },
    hardest: Mixed,
  },
  { versionKey: false, minimize: false, collection: 'digests' },
)
digestSchema.index({ courseId: 1, week: -1 }, { unique: true })
/** For erasure. */
digestSchema.index({ atRiskIds: 1 })
digestSchema.index({ madeAt: 1 }, { expireAfterSeconds: MESSAGES_KEPT_DAYS * 24 * 3600 })

export type StoredDigest = DigestFacts & {
  week: string
  madeAt: Date
  atRiskIds: string[]
  students: { userId: string; reasons: RiskReason[] }[]
}
export type Page = { limit: number; before?: string | undefined }

export type DigestStore = {
  /** False where this week of the course has one already. */
  add(courseId: string, digest: StoredDigest, session: Session): Promise<boolean>
  /** Newest first. */
  list(courseId: string, page: Page): Promise<StoredDigest[]>
  /**
   * Looks at the next courses, by their ids. Answers those of them whose week has no digest yet and may need one, as they
   * had students at any time or as something happened in that week or the one before; and the last one it looked at.
   */
  coursesWithout(week: Period, after?: string): Promise<{ courseIds: string[]; last: string | undefined }>
  /** Students who enrolled in a period, and who completed the course in it. */
  joinedAndCompleted(courseId: string, period: Period): Promise<{ enrolments: number; completions: number }>
  removeCourse(courseId: string, session: Session): Promise<void>
}

/** Looked at in one go. */
const COURSES = 200

export function createDigestStore(connection: MongoConnection): DigestStore {
  const Digests = connection.model<DigestRow>('Digest', digestSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async add(courseId, { atRiskIds, students, ...digest }, session) {
      const key = { courseId: id(courseId), week: digest.week }
      if (await Digests.exists(key).session(session)) return false
      const row = {
        ...key,
        ...digest,
        atRiskIds: atRiskIds.map(id),
        students: students.map(({ userId, reasons }) => ({ userId: id(userId), reasons })),
      }
      await Digests.create([row], { session })
      return true
    },

    async list(courseId, { limit, before }) {
      const earlier = before === undefined ? {} : { week: { $lt: before } }
      const filter = { courseId: id(courseId), ...earlier }
      const rows = await Digests.find(filter).sort({ week: -1 }).limit(limit).lean<DigestRow[]>()
      return rows.map(digestOf)
    },

    async coursesWithout(week, after) {
      const filter = { removed: { $ne: true }, ...(after !== undefined && { _id: { $gt: id(after) } }) }
      const options = { projection: { _id: 1 }, sort: { _id: 1 }, limit: COURSES } as const
      const found = await connection.collection('courseMeta').find(filter, options).toArray()
      const courses = found.map(({ _id }) => String(_id))
      const these = { courseId: { $in: courses.map(id) } }
      const among = async (collection: string, filter = {}) =>
        new Set(
          (await connection.collection(collection).distinct('courseId', { ...these, ...filter })).map(String),
        )
      const [done, attended, watched] = await Promise.all([
        among('digests', { week: week.from }),
        among('students'),
        among('courseDays', { day: { $gte: weekBefore(week).from, $lte: week.to } }),
      ])
      const isDue = (courseId: string) =>
        !done.has(courseId) && (attended.has(courseId) || watched.has(courseId))
      return { courseIds: courses.filter(isDue), last: courses.at(-1) }
    },

    async joinedAndCompleted(courseId, period) {
      const { start, end } = momentsOf(period)
      const within = { $gte: start, $lt: end }
      const students = connection.collection('students')
      const [enrolments, completions] = await Promise.all(
        ['enrolledAt', 'completedAt'].map((field) =>
          students.countDocuments({ courseId: id(courseId), [field]: within }),
        ),
      )
      return { enrolments: enrolments ?? 0, completions: completions ?? 0 }
    },

    async removeCourse(courseId, session) {
      await Digests.deleteMany({ courseId: id(courseId) }, { session })
    },
  }
}

const digestOf = ({ courseId: _, atRiskIds, students, ...row }: DigestRow): StoredDigest => ({
  ...row,
  atRiskIds: atRiskIds.map((one) => one.toHexString()),
  students: students.map(({ userId, reasons }) => ({ userId: userId.toHexString(), reasons })),
  hardest: row.hardest ?? null,
})
