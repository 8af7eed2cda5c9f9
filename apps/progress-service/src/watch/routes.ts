import { progressApi, watchPosition } from '@aetherlearn/contracts/progress'
import type { Live } from '@aetherlearn/service-kit/live'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { PositionBuffer } from './buffer.ts'
import { completionPercentage, merge } from './rules.ts'
import type { ProgressStore } from './store.ts'

export type WatchDeps = {
  directory: Pick<Directory, 'requireCourse' | 'requireLecture'>
  buffer: Pick<PositionBuffer, 'save' | 'read'>
  progress: Pick<ProgressStore, 'read'>
  live: Pick<Live, 'toUser'>
  now: () => number
}

const SYNCED = { message: 'synced' }

export const watchRoutes: FastifyPluginAsyncTypebox<WatchDeps> = async (app, deps) => {
  const { directory, buffer, progress, live, now } = deps

  app.route({
    ...progressApi.save,
    handler: async ({ caller, body }) => {
      await directory.requireLecture(caller.id, body.courseId, body.lectureId)
      await buffer.save({ ...body, userId: caller.id })
      // Best effort, and not waited for: the student's other devices read the position when they start.
      void live.toUser(caller.id, watchPosition, body)
      return SYNCED
    },
  })

  app.route({
    ...progressApi.getProgress,
    handler: async ({ caller, params: { courseId } }) => {
      const course = await directory.requireCourse(caller.id, courseId, 'params')
      // Redis first: what a flush moves meanwhile is then in both, never in neither.
      const fresh = await buffer.read({ userId: caller.id, courseId })
      const stored = await progress.read(caller.id, courseId)
      const { positions, last } = merge(stored, fresh, now())
      const seconds = Object.entries(positions).map(([lectureId, { watchTime }]) => [lectureId, watchTime])
      return {
        watchTimes: Object.fromEntries(seconds),
        completionPercentage: completionPercentage(stored.completedLectures, course),
        completedLectures: stored.completedLectures,
        lastWatchedLecture: last,
      }
    },
  })
}
