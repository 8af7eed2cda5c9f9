import { completionReached, type LectureCompletion } from '@aetherlearn/contracts/progress/completion'
import { fail } from '@aetherlearn/service-kit/errors'
import { createJoin } from '@aetherlearn/service-kit/join'
import type { Live } from '@aetherlearn/service-kit/live'
import { NO_TRACE } from '@aetherlearn/service-kit/outbox'
import type { Logger } from 'pino'
import type { KnownLecture } from '../courses/directory.ts'
import type { KnownCourse } from '../courses/store.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import { allWatched, watchedOf, type Snapshot, type Watched } from '../watch/rules.ts'
import { isWhole, lackOf, neededSeconds, reachedBy } from './rules.ts'
import type { CompletionStore, How, Lectures, Standing } from './store.ts'

type Place = { userId: string; courseId: string; lectureId: string }
/** Seconds of the lecture that Redis counts, before and after a save. */
type More = Place & KnownLecture & { before: number; watched: number; traceId: string }

type CoursePlace = Omit<Place, 'lectureId'>
/** What the visitor's row says, with what Redis has of them. */
type Seen = { completedLectures: string[]; completedAt: Date | undefined; watched: Watched }
type Flushed = Pick<Snapshot, 'userId' | 'courseId' | 'watched'>

export type Completion = {
  /** By hand. Throws NOT_WATCHED_ENOUGH where the course asks for watching and what was watched is too little. */
  complete(place: Place, how: How): Promise<void>
  /**
   * By what was watched, as MongoDB and Redis have it now; answers what was not completed before. The same again
   * changes nothing.
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
}
export type CompletionDeps = {
  store: CompletionStore
  buffer: Pick<PositionBuffer, 'read'>
  live: Pick<Live, 'toUser'>
  course: (courseId: string) => Promise<KnownCourse | undefined>
  log: Pick<Logger, 'warn'>
  now: () => number
}

/** The rest is completed the next time: one transaction must not take longer than a request may. */
const AT_ONCE = 20

export function createCompletion(deps: CompletionDeps): Completion {
  const { store, buffer, live, course, log, now } = deps
  // A double click would only make two transactions fight for the same rows.
  const join = createJoin<string[]>()

  const completeAll = (lectures: Lectures, how: How) =>
    join(`${lectures.userId}:${lectures.courseId}:${lectures.lectureIds.join()}`, async () => {
      const { userId, courseId } = lectures
      const { lectureIds, completionPercentage } = await store.complete(lectures, how)
      // Said and forgotten: pages read the state as well.
      for (const lectureId of lectureIds)
        void live.toUser(userId, completionReached, { courseId, lectureId, completionPercentage })
      return lectureIds
    })

  /** Redis first: what a flush moves meanwhile is then in both, never in neither. */
  async function readAll(lectures: Lectures) {
    const fresh = await buffer.read(lectures)
    const [standing = nothing(lectures)] = await store.standings([lectures])
    return { standing, fresh }
  }

  const completeReached = async (watched: Watched, standing: Standing, known: KnownCourse, how: How) => {
    const reached = reachedBy(watched, known, standing.completed)
    if (reached.length === 0) return []
    const { userId, courseId } = standing
    return completeAll({ userId, courseId, lectureIds: reached.slice(0, AT_ONCE) }, how)
  }

  async function lack({ userId, courseId, lectureId }: Place) {
    const [known, { standing, fresh }] = await Promise.all([
      course(courseId),
      readAll({ userId, courseId, lectureIds: [lectureId] }),
    ])
    const durationSeconds = known?.lectures.get(lectureId)
    if (known === undefined || durationSeconds === undefined) throw fail('LECTURE_NOT_FOUND')
    const lecture = { durationSeconds, completion: known.completion }
    return lackOf(lecture, watchedOf(standing, fresh, lectureId), standing.completed.has(lectureId))
  }

  async function completeWatched(...[userId, courseId, lectureIds, at, traceId, isLate]: Reached) {
    const known = await course(courseId)
    if (known === undefined || known.completion.by === 'hand' || lectureIds.length === 0) return []
    const { standing, fresh } = await readAll({ userId, courseId, lectureIds })
    const all = allWatched(standing, fresh)
    const asked = Object.fromEntries(lectureIds.map((lectureId) => [lectureId, all[lectureId] ?? []]))
    return completeReached(asked, standing, known, { at, traceId, isLate })
  }

  return {
    lack,
    completeWatched,

    async complete(place, how) {
      if ((await course(place.courseId))?.completion.by === 'watching') {
        const { completed, watchedSeconds, neededSeconds: needed, explanation } = await lack(place)
        if (!completed && watchedSeconds < needed) throw fail('NOT_WATCHED_ENOUGH', { detail: explanation })
      }
      const { userId, courseId, lectureId } = place
      await completeAll({ userId, courseId, lectureIds: [lectureId] }, how)
    },

    async catchUp(place, known, { completedLectures, completedAt, watched }, how) {
      const completed = new Set(completedLectures)
      const reached = reachedBy(watched, known, completed)
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
        await completeReached(allWatched(standing, undefined), standing, known, how)
      }
    },

    async afterSave({ userId, courseId, lectureId, durationSeconds, completion, before, watched, traceId }) {
      const needed = neededSeconds(durationSeconds, completion)
      if (needed === 0 || before >= needed || watched < needed) return
      try {
        await completeWatched(userId, courseId, [lectureId], new Date(now()), traceId)
      } catch (error) {
        log.warn({ err: error }, 'what was watched did not complete a lecture yet')
      }
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
