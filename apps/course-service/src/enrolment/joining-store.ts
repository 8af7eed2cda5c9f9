import { enrolmentCreated } from '@aetherlearn/contracts/course/events'
import type { Enrolment } from '@aetherlearn/contracts/course/shapes'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { createGathered } from '@aetherlearn/service-kit/gathered'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import type { Connection } from 'mongoose'
import type { CourseRow } from '../courses/rows.ts'
import { present, type CourseModels } from '../courses/store.ts'
import { seatAll, type Outcome, type Request, type Room } from './rules.ts'
import { enrolmentModel, toEnrolment, type EnrolmentRow } from './store.ts'

type Deps = {
  connection: Connection
  models: CourseModels
  outbox: Outbox
  erasure: Pick<Erasure, 'among'>
}
export type Joining = ReturnType<typeof createJoining>

/**
 * Giving seats. Each run locks the course by writing to it, then counts: two instances cannot both give the last seat,
 * and no seat is given in a course that is closed or removed at the same moment. The requests that come meanwhile are
 * answered by one run together, as their transactions would only wait for one another.
 */
export function createJoining({ connection, models, outbox, erasure }: Deps) {
  const Enrolments = enrolmentModel(connection)

  /** What the course has to give; nobody else changes it until the transaction ends. */
  const lockedRoom = async (courseId: string, session: Session): Promise<Omit<Room, 'erased'>> => {
    const open = { ...present, _id: courseId, status: { $in: ['live' as const, 'unlisted' as const] } }
    const round = { $inc: { enrolmentRounds: 1 } }
    const course = await models.Courses.findOneAndUpdate(open, round, {
      session,
      timestamps: false,
    }).lean<CourseRow>()
    const seatLimit = course?.seatLimit
    const taken =
      seatLimit === undefined
        ? 0
        : await Enrolments.countDocuments({ courseId, active: true }).session(session)
    return { isOpen: course !== null, seatLimit, taken }
  }

  const join = (courseId: string, requests: Request[]): Promise<Outcome[]> =>
    transaction(connection, async (session) => {
      const room = await lockedRoom(courseId, session)
      const userIds = requests.map(({ userId }) => userId)
      const rows = await Enrolments.find({ courseId, userId: { $in: userIds } })
        .session(session)
        .lean<EnrolmentRow[]>()
      const before = new Map(rows.map((row) => [row.userId, row]))
      const erased = await erasure.among(userIds, session)
      const outcomes = seatAll(requests, { ...room, erased }, before, new Date())
      const fresh = requests.flatMap(({ traceId }, index) => {
        const outcome = outcomes[index]
        if (outcome === undefined || 'refused' in outcome || !outcome.isNew) return []
        return [{ traceId, row: { ...outcome.seat, courseId, active: true } }]
      })
      if (fresh.length === 0) return outcomes
      const writes = fresh.map(({ row }) => ({
        replaceOne: { filter: { courseId, userId: row.userId }, replacement: row, upsert: true },
      }))
      await Enrolments.bulkWrite(writes, { session })
      const facts = fresh.map(({ traceId, row: { userId, sequence, enrolledAt } }) => ({
        traceId,
        payload: { courseId, userId, sequence, at: enrolledAt.toISOString() },
      }))
      await outbox.addEach(enrolmentCreated, facts, session)
      return outcomes
    })

  const joinTogether = createGathered({ work: join })
  return {
    /** Throws COURSE_NOT_FOUND, for the course's people COURSE_NOT_OPEN, and COURSE_FULL. */
    enrol: async (courseId: string, request: Request): Promise<{ enrolment: Enrolment; isNew: boolean }> => {
      const outcome = await joinTogether(courseId, request)
      if ('refused' in outcome) throw outcome.refused
      return { enrolment: toEnrolment({ ...outcome.seat, courseId }), isNew: outcome.isNew }
    },
  }
}
