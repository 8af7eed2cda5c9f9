import { progressApi } from '@aetherlearn/contracts/progress'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { PositionBuffer } from './buffer.ts'
import { completionPercentage, merge } from './rules.ts'
import type { ProgressStore } from './store.ts'

export type WatchDeps = {
  directory: Pick<Directory, 'requireCourse' | 'requireLecture'>
  buffer: Pick<PositionBuffer, 'save' | 'read'>
  progress: Pick<ProgressStore, 'read'>
  now: () => number
}

const SYNCED = { message: 'synced' }

export const watchRoutes: FastifyPluginAsyncTypebox<WatchDeps> = async (app, deps) => {
  const { directory, buffer, progress, now } = deps

  app.route({
    ...progressApi.save,
    handler: async ({ caller, body }) => {
      await directory.requireLecture(caller.id, body.courseId, body.lectureId)
      await buffer.save({ ...body, userId: caller.id })
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
