import { enrolmentEnded } from '@aetherlearn/contracts/course/events'
import type { Enrolment } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection, type Model } from 'mongoose'

export type EnrolmentRow = {
  courseId: string
  userId: string
  active: boolean
  sequence: number
  enrolledAt: Date
}
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
/** The seats taken, and the list of students. */
enrolmentSchema.index({ courseId: 1, active: 1, _id: -1 })

export type EnrolmentPlace = { courseId: string; userId: string }
export const placeKey = ({ courseId, userId }: EnrolmentPlace) => `${courseId}/${userId}`

type Shown = Pick<EnrolmentRow, 'courseId' | 'userId' | 'enrolledAt'>
export const toEnrolment = ({ courseId, userId, enrolledAt }: Shown): Enrolment => ({
  courseId,
  userId,
  enrolledAt: enrolledAt.toISOString(),
})

export const enrolmentModel = (connection: Connection): Model<EnrolmentRow> =>
  connection.models['Enrolment'] ?? connection.model<EnrolmentRow>('Enrolment', enrolmentSchema)

export type EnrolmentStore = ReturnType<typeof createEnrolmentStore>
type Deps = { connection: Connection; outbox: Outbox }

export function createEnrolmentStore({ connection, outbox }: Deps) {
  const Enrolments = enrolmentModel(connection)
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

    /** Every enrolment, as if it had never been: whoever hears of them hears that the person is gone. */
    forget: async (userId: string): Promise<void> => {
      await Enrolments.deleteMany({ userId })
    },

    countOf: (userId: string): Promise<number> => Enrolments.countDocuments({ userId }),

    /** Throws NOT_ENROLLED. */
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
