import { courseCompleted, lectureCompleted } from '@aetherlearn/contracts/progress'
import { createJoin } from '@aetherlearn/service-kit/join'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Types } from 'mongoose'
import type { ActivityStore } from '../activity/store.ts'
import type { CourseStore } from '../courses/store.ts'
import { completionPercentage } from '../watch/rules.ts'
import type { ProgressModel } from '../watch/store.ts'

type Place = { userId: string; courseId: string; lectureId: string }
export type CompletionStore = {
  /** Once per student and lecture, with all that follows from it; again, it changes nothing. */
  complete(
    place: { userId: string; courseId: string; lectureId: string },
    at: Date,
    traceId: string,
  ): Promise<void>
}
export type CompletionStoreDeps = {
  connection: MongoConnection
  Progress: ProgressModel
  outbox: Outbox
  activity: Pick<ActivityStore, 'recordCompletion'>
  courses: Pick<CourseStore, 'readCourses'>
}

export function createCompletionStore(deps: CompletionStoreDeps): CompletionStore {
  const { connection, Progress, outbox, activity, courses } = deps
  const id = (hex: string) => new Types.ObjectId(hex)

  // A double click would only make two transactions fight for the same rows.
  const join = createJoin<void>()

  async function complete({ userId, courseId, lectureId }: Place, at: Date, traceId: string) {
    const key = { userId: id(userId), courseId: id(courseId) }
    // Majority: what we answer from must not be rolled back. Most repeats end here, without a transaction.
    const done = await Progress.exists({ ...key, completedLectures: id(lectureId) }).readConcern('majority')
    if (done !== null) return
    await transaction(connection, async (session) => {
      const before = await Progress.findOne(key, { completedLectures: 1, completedAt: 1 })
        .session(session)
        .lean()
      const completed = new Set(before?.completedLectures?.map((lecture) => lecture.toHexString()))
      if (completed.has(lectureId)) return
      const course = (await courses.readCourses([courseId], session)).get(courseId)
      const whole = course !== undefined && completionPercentage([...completed, lectureId], course) === 100
      const first = whole && before?.completedAt === undefined
      const change = {
        $addToSet: { completedLectures: id(lectureId) },
        ...(first && { $set: { completedAt: at } }),
      }
      await Progress.updateOne(key, change, { upsert: true, session })
      await activity.recordCompletion(userId, at, session)
      const fact = { courseId, userId, at: at.toISOString() }
      await outbox.add(lectureCompleted, { ...fact, lectureId }, session, traceId)
      if (first) await outbox.add(courseCompleted, fact, session, traceId)
    })
  }

  return {
    complete: (place, at, traceId) =>
      join(`${place.userId}:${place.courseId}:${place.lectureId}`, () => complete(place, at, traceId)),
  }
}
