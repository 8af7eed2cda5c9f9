import { completionReached, type LectureCompletion } from '@aetherlearn/contracts/progress/completion'
import { fail } from '@aetherlearn/service-kit/errors'
import { createJoin } from '@aetherlearn/service-kit/join'
import type { Live } from '@aetherlearn/service-kit/live'
import type { Session } from '@aetherlearn/service-kit/mongo'
import { NO_TRACE } from '@aetherlearn/service-kit/outbox'
import type { Logger } from 'pino'
import { lectureIn, type KnownLecture } from '../courses/lectures.ts'
import type { KnownCourse } from '../courses/store.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import { allWatched, watchedOf, type Snapshot, type Watched } from '../watch/rules.ts'
import { taskOf, toldBy } from './result-rules.ts'
import type { Result, ResultPlace, ResultStore } from './results-store.ts'
import {
  isWhole,
  lackOf,
  mayBeByHand,
  neededSeconds,
  openTasks,
  reachedBy,
  reportedBy,
  slackOf,
} from './rules.ts'
import type { Completed, CompletionStore, How, Lectures, Standing } from './store.ts'

type Place = { userId: string; courseId: string; lectureId: string }
/** Seconds of the lecture that Redis counts, before and after a save. */
type More = Place & KnownLecture & { before: number; watched: number; traceId: string }

type CoursePlace = Omit<Place, 'lectureId'>
/** What the visitor's row says, with what Redis has of them. */
type Seen = { completedLectures: string[]; completedAt: Date | undefined; watched: Watched }
type Flushed = Pick<Snapshot, 'userId' | 'courseId' | 'watched'>

export type Completion = {
  /** By hand. Throws NOT_WATCHED_ENOUGH or RESULT_NEEDED where the course asks for something else, and it is not there. */
  complete(place: Place, how: How): Promise<void>
  /**
   * By what was watched, as MongoDB and Redis have it now, or reported; answers what was not completed before. The same
   * again changes nothing.
   */
  completeWatched(
    userId: string,
    courseId: string,
    lectureIds: readonly string[],
    at: Date,
    traceId: string,
    isLate?: boolean,
  ): Promise<string[]>
  /**
   * For who opens the course: what was not completed when it was watched, or is by another rule since, and the course itself
   * where what was missing is no longer part of it. Answers whether anything changed.
   */
  catchUp(place: CoursePlace, course: KnownCourse, seen: Seen, how: How): Promise<boolean>
  /** Of what a flush brought to MongoDB: one query for all where nothing is reached. */
  afterFlush(snapshots: readonly Flushed[]): Promise<void>
  /** Of a save that brought the lecture to where it is completed. Nobody waits: what fails is found by the flush. */
  afterSave(more: More): Promise<void>
  lack(place: Place): Promise<LectureCompletion>
  /**
   * What a package says of how its student did, or of an item of it: safe when this resolves, and the lecture is completed
   * where that is enough. Said again, or in another order, it comes to the same. An item that does not report (an asset of
   * SCORM) is said to be `completed` when it was opened. Whoever calls this knows that the student is enrolled.
   */
  reportResult(place: ResultPlace, result: Result, traceId: string): Promise<void>
  /** Of `question.answered`; answers what is to be done after the commit. */
  hearAnswer(
    place: ResultPlace,
    result: Result,
    traceId: string,
    session: Session,
  ): Promise<() => Promise<void>>
}
export type ReportResult = Completion['reportResult']
export type CompletionDeps = {
  store: CompletionStore
  results: Pick<ResultStore, 'read'>
  buffer: Pick<PositionBuffer, 'read'>
  live: Pick<Live, 'toUser'>
  course: (courseId: string) => Promise<KnownCourse | undefined>
  log: Pick<Logger, 'warn'>
  now: () => number
}

/** The rest is completed the next time: one transaction must not take longer than a request may. */
const AT_ONCE = 20

export function createCompletion(deps: CompletionDeps): Completion {
  const { store, results, buffer, live, course, log, now } = deps
  // A double click would only make two transactions fight for the same rows.
  const join = createJoin<string[]>()

  const completeAll = (lectures: Lectures, how: How) =>
    join(`${lectures.userId}:${lectures.courseId}:${lectures.lectureIds.join()}`, async () => {
      const completed = await store.complete(lectures, how)
      tell(lectures, completed)
      return completed.lectureIds
    })

  /** Said and forgotten: pages read the state as well. */
  function tell({ userId, courseId }: CoursePlace, { lectureIds, completionPercentage }: Completed) {
    for (const lectureId of lectureIds)
      void live.toUser(userId, completionReached, { courseId, lectureId, completionPercentage })
  }

  /** Redis first: what a flush moves meanwhile is then in both, never in neither. */
  async function readAll(lectures: Lectures) {
    const fresh = await buffer.read(lectures)
    const [standing = nothing(lectures)] = await store.standings([lectures])
    return { standing, fresh }
  }

  async function completeThese(reached: string[], { userId, courseId }: CoursePlace, how: How) {
    if (reached.length === 0) return []
    return completeAll({ userId, courseId, lectureIds: reached.slice(0, AT_ONCE) }, how)
  }

  async function lack({ userId, courseId, lectureId }: Place) {
    const [known, { standing, fresh }] = await Promise.all([
      course(courseId),
      readAll({ userId, courseId, lectureIds: [lectureId] }),
    ])
    const lecture = lectureIn(known, lectureId)
    if (lecture === undefined) throw fail('LECTURE_NOT_FOUND')
    const told =
      lecture.task === undefined ? undefined : await results.read({ userId, courseId }, [lectureId])
    return lackOf(lecture, {
      ranges: watchedOf(standing, fresh, lectureId),
      results: told?.get(lectureId) ?? [],
      completed: standing.completed.has(lectureId),
    })
  }

  /** Lectures with tasks that what was reported completes. Nothing is read where there are none. */
  async function reported(place: CoursePlace, known: KnownCourse, open: string[]) {
    return open.length === 0 ? [] : reportedBy(await results.read(place, open), known, open)
  }

  async function requireReached(place: Place, lecture: KnownLecture) {
    const { completed, watchedSeconds, neededSeconds: needed, explanation } = await lack(place)
    if (completed) return
    const { userId, courseId, lectureId } = place
    if (taskOf(lecture) === 'watching') {
      if (watchedSeconds < needed) throw fail('NOT_WATCHED_ENOUGH', { detail: explanation })
      return
    }
    const told = (await results.read({ userId, courseId }, [lectureId])).get(lectureId) ?? []
    if (!toldBy(lecture, told).isReached) throw fail('RESULT_NEEDED', { detail: explanation })
  }

  async function completeWatched(...[userId, courseId, lectureIds, at, traceId, isLate]: Reached) {
    const known = await course(courseId)
    if (known === undefined || known.completion.by === 'hand' || lectureIds.length === 0) return []
    const { standing, fresh } = await readAll({ userId, courseId, lectureIds })
    const all = allWatched(standing, fresh)
    const asked = Object.fromEntries(lectureIds.map((lectureId) => [lectureId, all[lectureId] ?? []]))
    const open = openTasks(known, standing.completed).filter((lectureId) => lectureId in asked)
    const reached = [
      ...reachedBy(asked, known, standing.completed),
      ...(await reported(standing, known, open)),
    ]
    return completeThese(reached, standing, { at, traceId, isLate })
  }

  return {
    lack,
    completeWatched,

    async complete(place, how) {
      const { userId, courseId, lectureId } = place
      const lecture = lectureIn(await course(courseId), lectureId)
      if (lecture !== undefined && !mayBeByHand(lecture)) await requireReached(place, lecture)
      await completeAll({ userId, courseId, lectureIds: [lectureId] }, how)
    },

    async catchUp(place, known, { completedLectures, completedAt, watched }, how) {
      const completed = new Set(completedLectures)
      const open = openTasks(known, completed)
      const reached = [...reachedBy(watched, known, completed), ...(await reported(place, known, open))]
      if (reached.length > 0) {
        await completeAll({ ...place, lectureIds: reached.slice(0, AT_ONCE) }, how)
        return true
      }
      if (completedAt !== undefined || !isWhole(completed, known)) return false
      await completeAll({ ...place, lectureIds: [] }, how)
      return true
    },

    async afterFlush(snapshots) {
      const places = snapshots
        .map(({ userId, courseId, watched }) => ({ userId, courseId, lectureIds: Object.keys(watched) }))
        .filter(({ lectureIds }) => lectureIds.length > 0)
      for (const standing of await store.standings(places)) {
        const known = await course(standing.courseId)
        if (known === undefined) continue
        const how = { at: new Date(now()), traceId: NO_TRACE }
        const reached = reachedBy(allWatched(standing, undefined), known, standing.completed)
        await completeThese(reached, standing, how)
      }
    },

    async afterSave({ userId, courseId, lectureId, before, watched, traceId, ...lecture }) {
      const needed = neededSeconds(lecture)
      // Redis counts the end as well, which may have been watched first.
      const most = needed + slackOf(lecture.durationSeconds, lecture.completion)
      if (needed === 0 || before >= most || watched < needed) return
      try {
        await completeWatched(userId, courseId, [lectureId], new Date(now()), traceId)
      } catch (error) {
        log.warn({ err: error }, 'what was watched did not complete a lecture yet')
      }
    },

    async reportResult(place, result, traceId) {
      tell(place, await store.report(place, result, traceId))
    },

    async hearAnswer(place, result, traceId, session) {
      const completed = await store.answer(place, result, traceId, session)
      return async () => tell(place, completed)
    },
  }
}
type Reached = Parameters<Completion['completeWatched']>

const nothing = ({ userId, courseId }: Lectures): Standing => ({
  userId,
  courseId,
  completed: new Set(),
  ranges: {},
  lateRanges: {},
})
