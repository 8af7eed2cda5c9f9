import { courseCompleted, lectureCompleted } from '@aetherlearn/contracts/progress'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { createTurns } from '@aetherlearn/service-kit/turns'
import { Types } from 'mongoose'
import type { ActivityStore } from '../activity/store.ts'
import { lectureIn } from '../courses/lectures.ts'
import type { CourseStore, KnownCourse } from '../courses/store.ts'
import type { StoredRanges } from '../watch/rules.ts'
import type { ProgressModel, ProgressRow } from '../watch/store.ts'
import { toldBy } from './result-rules.ts'
import type { Result, ResultPlace, ResultStore } from './results-store.ts'
import { doneIn, percentage } from './rules.ts'

export type Lectures = { userId: string; courseId: string; lectureIds: readonly string[] }
/** A late completion counts no day of activity: that of late reports is worked out from all of them. */
export type How = { at: Date; traceId: string; isLate?: boolean | undefined }
/** What was not completed before, and how far the student is in the course with it. */
export type Completed = { lectureIds: string[]; completionPercentage: number }
/** What MongoDB has of a student in some lectures of a course. */
export type Standing = StoredRanges & { userId: string; courseId: string; completed: ReadonlySet<string> }

export type CompletionStore = {
  /**
   * Once per student and lecture, with all that follows from it, and safe when it resolves; again, it changes nothing
   * and answers no lectures. Of no lectures it says that the course is completed, where a change of the course made it so.
   */
  complete(lectures: Lectures, how: How): Promise<Completed>
  /** Keeps what was reported, and completes the lecture where that is enough, in one transaction. */
  report(place: ResultPlace, result: Result, traceId: string): Promise<Completed>
  /** Of an answer to a question, in the transaction of its event. */
  answer(place: ResultPlace, result: Result, traceId: string, session: Session): Promise<Completed>
  /** Of those who have a row. */
  standings(places: Lectures[]): Promise<Standing[]>
}
export type CompletionStoreDeps = {
  connection: MongoConnection
  Progress: ProgressModel
  outbox: Outbox
  activity: Pick<ActivityStore, 'recordCompletion'>
  courses: Pick<CourseStore, 'headings' | 'readCourse' | 'enrolledAmong'>
  results: ResultStore
  /** Answered from memory; may be behind. */
  course: (courseId: string) => Promise<KnownCourse | undefined>
}

const NOTHING: Completed = { lectureIds: [], completionPercentage: 0 }

export function createCompletionStore(deps: CompletionStoreDeps): CompletionStore {
  const { connection, Progress, outbox, activity, courses, results } = deps
  const id = (hex: string) => new Types.ObjectId(hex)
  // They all write the learner's row.
  const inTurn = createTurns()

  /** The course as this transaction sees it; its lectures are read only where they are others than we know. */
  async function courseNow(courseId: string, known: KnownCourse | undefined, session: Session) {
    const heading = (await courses.headings([courseId], session)).get(courseId)
    if (heading === undefined) return undefined
    return heading.version === known?.version ? known : courses.readCourse(courseId, session)
  }

  /** What was watched of other lectures stays where it is: a course may have thousands. */
  const rowsOf = (places: Lectures[]) => {
    const lectureIds = [...new Set(places.flatMap((place) => place.lectureIds))]
    const ranges = lectureIds.flatMap((lectureId) => [`ranges.${lectureId}`, `lateRanges.${lectureId}`])
    const fields = ['userId', 'courseId', 'completedLectures', ...ranges]
    const keys = places.map(({ userId, courseId }) => ({ userId: id(userId), courseId: id(courseId) }))
    const only = Object.fromEntries(fields.map((field) => [field, 1]))
    return Progress.find({ $or: keys }, only).lean<ProgressRow[]>()
  }

  async function complete({ userId, courseId, lectureIds }: Lectures, how: How): Promise<Completed> {
    const key = { userId: id(userId), courseId: id(courseId) }
    // Majority: what we answer from must not be rolled back. Most repeats end here, without a transaction.
    const all = { ...key, completedLectures: { $all: lectureIds.map(id) } }
    const isAsked = lectureIds.length > 0
    if (isAsked && (await Progress.exists(all).readConcern('majority')) !== null) return NOTHING
    const known = await deps.course(courseId)
    const change = async (session: Session) => {
      const course = await courseNow(courseId, known, session)
      return completeIn({ userId, courseId, lectureIds }, course, how, session)
    }
    return inTurn(userId, () => transaction(connection, change))
  }

  async function completeIn(lectures: Lectures, course: KnownCourse | undefined, how: How, session: Session) {
    const { userId, courseId, lectureIds } = lectures
    const key = { userId: id(userId), courseId: id(courseId) }
    const isAsked = lectureIds.length > 0
    const fields = { completedLectures: 1, completedAt: 1 }
    const before = await Progress.findOne(key, fields).session(session).lean()
    const completed = new Set(before?.completedLectures?.map((lecture) => lecture.toHexString()))
    const fresh = lectureIds.filter((lectureId) => !completed.has(lectureId))
    if (isAsked && fresh.length === 0) return NOTHING
    const count = countIn([...completed, ...fresh], course)
    const isFirst = count.isWhole && before?.completedAt === undefined
    if (!isAsked && !isFirst) return NOTHING
    const update = {
      $addToSet: { completedLectures: { $each: fresh.map(id) } },
      $set: { ...count.stored, ...(isFirst && { completedAt: how.at }) },
    }
    await Progress.updateOne(key, update, { upsert: true, session })
    await record({ userId, courseId, lectureIds: fresh }, how, isFirst, session)
    return { lectureIds: fresh, completionPercentage: count.completionPercentage }
  }

  /** What the lecture asks for is what it asks for in this transaction; nothing else can complete it between. */
  async function completeReported({ userId, courseId, lectureId }: ResultPlace, how: How, session: Session) {
    const course = await courseNow(courseId, await deps.course(courseId), session)
    const lecture = lectureIn(course, lectureId)
    if (lecture === undefined) return NOTHING
    const told = await results.read({ userId, courseId }, [lectureId], session)
    if (!toldBy(lecture, told.get(lectureId) ?? []).isReached) return NOTHING
    return completeIn({ userId, courseId, lectureIds: [lectureId] }, course, how, session)
  }

  async function record(lectures: Lectures, how: How, isFirst: boolean, session: Session) {
    const { userId, courseId, lectureIds } = lectures
    const { at, traceId, isLate = false } = how
    const fact = { courseId, userId, at: at.toISOString() }
    for (const lectureId of lectureIds) {
      await activity.recordCompletion({ userId, courseId, lectureId }, at, session, { isLate })
      await outbox.add(lectureCompleted, { ...fact, lectureId }, session, traceId)
    }
    if (isFirst) await outbox.add(courseCompleted, fact, session, traceId)
  }

  return {
    complete,
    report: (place, result, traceId) =>
      inTurn(place.userId, () =>
        transaction(connection, async (session) => {
          await results.save(place, 'item', result, session)
          return completeReported(place, { at: result.at, traceId }, session)
        }),
      ),
    async answer(place, result, traceId, session) {
      await results.save(place, 'question', result, session)
      const { userId, courseId } = place
      // Seats may be heard of later than answers: then opening the course completes it.
      if ((await courses.enrolledAmong([{ userId, courseId }])).length === 0) return NOTHING
      return completeReported(place, { at: result.at, traceId }, session)
    },
    async standings(places) {
      if (places.length === 0) return []
      const rows = await rowsOf(places)
      return rows.map((row) => ({
        userId: row.userId.toHexString(),
        courseId: row.courseId.toHexString(),
        completed: new Set(row.completedLectures?.map((lecture) => lecture.toHexString())),
        ranges: row.ranges ?? {},
        lateRanges: row.lateRanges ?? {},
      }))
    },
  }
}

/** Of a course that is gone nothing is counted; what was completed there stays completed. */
function countIn(completed: string[], course: KnownCourse | undefined) {
  if (course === undefined) return { stored: {}, isWhole: false, completionPercentage: 0 }
  const { version, totalLectures } = course
  const done = doneIn(completed, course)
  return {
    stored: { done, doneVersion: version },
    isWhole: totalLectures > 0 && done === totalLectures,
    completionPercentage: percentage(done, totalLectures),
  }
}
