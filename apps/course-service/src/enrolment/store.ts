import { enrolmentCreated, enrolmentEnded } from '@aetherlearn/contracts/course/events'
import type { Enrolment } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection } from 'mongoose'
import { present, type CourseModels } from '../courses/store.ts'

type EnrolmentRow = { courseId: string; userId: string; active: boolean; sequence: number; enrolledAt: Date }
const enrolmentSchema = new Schema<EnrolmentRow>(
  {
    courseId: { type: String, required: true },
    userId: { type: String, required: true },
    active: { type: Boolean, required: true },
    /** Counts joins and leaves, so that listeners keep the latest whatever the order of arrival. */
    sequence: { type: Number, required: true },
    enrolledAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'enrolments' },
)
enrolmentSchema.index({ courseId: 1, userId: 1 }, { unique: true })
enrolmentSchema.index({ userId: 1, enrolledAt: -1 })

export type EnrolmentPlace = { courseId: string; userId: string }
export const placeKey = ({ courseId, userId }: EnrolmentPlace) => `${courseId}/${userId}`

const toEnrolment = ({ courseId, userId, enrolledAt }: EnrolmentRow): Enrolment => ({
  courseId,
  userId,
  enrolledAt: enrolledAt.toISOString(),
})

export type EnrolmentStore = ReturnType<typeof createEnrolmentStore>
type Deps = { connection: Connection; models: CourseModels; outbox: Outbox }

export function createEnrolmentStore({ connection, models, outbox }: Deps) {
  const Enrolments = connection.model('Enrolment', enrolmentSchema)
  return {
    isEnrolled: async (courseId: string, userId: string): Promise<boolean> =>
      (await Enrolments.exists({ courseId, userId, active: true })) !== null,

    /** Those among `places` that hold, by their key. */
    activeAmong: async (places: EnrolmentPlace[]): Promise<Map<string, EnrolmentPlace>> => {
      const either = places.map(({ courseId, userId }) => ({ courseId, userId }))
      const rows = await Enrolments.find({ active: true, $or: either }).lean<EnrolmentRow[]>()
      return new Map(
        rows.map(({ courseId, userId }) => [placeKey({ courseId, userId }), { courseId, userId }]),
      )
    },

    /** Latest first. */
    courseIdsOf: async (userId: string): Promise<string[]> => {
      const rows = await Enrolments.find({ userId, active: true })
        .sort({ enrolledAt: -1 })
        .limit(500)
        .lean<EnrolmentRow[]>()
      return rows.map((row) => row.courseId)
    },

    enrol: (
      courseId: string,
      userId: string,
      traceId: string,
    ): Promise<{ enrolment: Enrolment; isNew: boolean }> =>
      transaction(connection, async (session) => {
        const before = await Enrolments.findOne({ courseId, userId }).session(session).lean<EnrolmentRow>()
        if (before?.active) return { enrolment: toEnrolment(before), isNew: false }
        const live = await models.Courses.exists({
          ...present,
          _id: courseId,
          status: { $in: ['live', 'unlisted'] },
        }).session(session)
        if (live === null) throw fail('COURSE_NOT_FOUND')
        const sequence = (before?.sequence ?? 0) + 1
        const row = { courseId, userId, active: true, sequence, enrolledAt: new Date() }
        await Enrolments.replaceOne({ courseId, userId }, row, { session, upsert: true })
        const fact = { courseId, userId, sequence, at: row.enrolledAt.toISOString() }
        await outbox.add(enrolmentCreated, fact, session, traceId)
        return { enrolment: toEnrolment(row), isNew: true }
      }),

    leave: (courseId: string, userId: string, traceId: string): Promise<void> =>
      transaction(connection, async (session) => {
        const change = { $set: { active: false }, $inc: { sequence: 1 } }
        const mine = { courseId, userId, active: true }
        const row = await Enrolments.findOneAndUpdate(mine, change, {
          session,
          returnDocument: 'after',
        }).lean<EnrolmentRow>()
        if (row === null) throw fail('NOT_ENROLLED')
        const at = new Date().toISOString()
        const fact = { courseId, userId, sequence: row.sequence, at }
        await outbox.add(enrolmentEnded, fact, session, traceId)
      }),
  }
}
