import { progressApi, type SaveReport } from '@aetherlearn/contracts/progress'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { KnownLecture } from '../courses/lectures.ts'
import type { Completion } from '../completion/completion.ts'
import { completionPercentage } from '../completion/rules.ts'
import type { Credited, PositionBuffer } from './buffer.ts'
import { allWatched, claimedOf, firstReversed, LATEST_SAVE_MS, merge, momentOf, speedOf } from './rules.ts'
import type { ProgressStore } from './store.ts'

/** A lecture of which more has been watched than before. */
export type WatchedMore = Omit<Credited, 'accepted'> &
  KnownLecture & { userId: string; courseId: string; lectureId: string; traceId: string }

export type WatchDeps = {
  directory: Pick<Directory, 'requireCourse' | 'requireLecture'>
  buffer: Pick<PositionBuffer, 'save' | 'saveWatched' | 'openClock' | 'read'>
  progress: Pick<ProgressStore, 'read'>
  completion: Pick<Completion, 'catchUp'>
  now: () => number
  /** Told, and not waited for, when a save has credited something. */
  onWatched?: (more: WatchedMore) => void
}

const SYNCED = { message: 'synced' }

const refuse = (field: string, message: string) => fail('INVALID_INPUT', { errors: [{ field, message }] })

export const watchRoutes: FastifyPluginAsyncTypebox<WatchDeps> = async (app, deps) => {
  const { directory, buffer, progress, completion, now, onWatched } = deps

  async function saveWatched(userId: string, body: SaveReport, traceId: string) {
    const { courseId, lectureId, watchTime, sessionId, ranges = [] } = body
    const at = body.clientTime === undefined ? undefined : momentOf(body.clientTime)
    if (at !== undefined && !(Math.abs(at - now()) <= LATEST_SAVE_MS))
      throw refuse('body.clientTime', 'is more than five minutes off; late reports go to /progress/batch')
    const reversed = firstReversed(ranges)
    if (reversed !== -1) throw refuse(`body.ranges.${reversed}`, 'does not go forward')
    const lecture = await directory.requireLecture(userId, courseId, lectureId)
    const place = { userId, courseId, lectureId }
    const { accepted, before, watched } = await buffer.saveWatched({
      ...place,
      watchTime,
      ...(sessionId !== undefined && { sessionId }),
      at,
      ranges: claimedOf(ranges, lecture.durationSeconds),
      speed: speedOf(body.rate),
    })
    if (watched > before) onWatched?.({ ...place, ...lecture, before, watched, traceId })
    return body.ranges === undefined ? SYNCED : { ...SYNCED, acceptedSeconds: accepted }
  }

  app.route({
    ...progressApi.save,
    handler: async (request) => {
      const { caller, body } = request
      if (body.ranges !== undefined || body.clientTime !== undefined || body.rate !== undefined)
        return saveWatched(caller.id, body, request.traceId)
      const lecture = directory.requireLecture(caller.id, body.courseId, body.lectureId)
      if (lecture instanceof Promise) await lecture
      await buffer.save({ ...body, userId: caller.id })
      return SYNCED
    },
  })

  app.route({
    ...progressApi.getProgress,
    handler: async ({ caller, params: { courseId }, traceId }) => {
      const course = await directory.requireCourse(caller.id, courseId, 'params')
      // Redis first: what a flush moves meanwhile is then in both, never in neither.
      const [fresh] = await Promise.all([
        buffer.read({ userId: caller.id, courseId }),
        buffer.openClock(caller.id),
      ])
      let stored = await progress.read(caller.id, courseId)
      const ranges = allWatched(stored, fresh)
      const [place, how] = [
        { userId: caller.id, courseId },
        { at: new Date(now()), traceId },
      ]
      if (await completion.catchUp(place, course, { ...stored, watched: ranges }, how))
        stored = await progress.read(caller.id, courseId)
      const { positions, last } = merge(stored, fresh, now())
      const seconds = Object.entries(positions).map(([lectureId, { watchTime }]) => [lectureId, watchTime])
      return {
        watchTimes: Object.fromEntries(seconds),
        completionPercentage: completionPercentage(stored.completedLectures, course),
        completedLectures: stored.completedLectures,
        lastWatchedLecture: last,
        ranges,
        completedAt: stored.completedAt?.toISOString() ?? null,
      }
    },
  })
}
