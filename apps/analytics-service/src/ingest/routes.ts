import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { Changes } from '../live/changes.ts'
import type { Counters } from './counters.ts'

export type IngestDeps = {
  directory: Pick<Directory, 'requireCourse' | 'requireLecture'>
  counters: Counters
  changes: Changes
}

const TRACKED = { message: 'tracked' }

/** What creators do in their own courses is answered like anything else, and counts nothing. */
export const ingestRoutes: FastifyPluginAsyncTypebox<IngestDeps> = async (app, deps) => {
  const { directory, counters, changes } = deps
  app.route({
    ...analyticsApi.trackView,
    handler: async ({ caller, params: { courseId } }) => {
      const course = await directory.requireCourse(courseId, 'params')
      if (course.creatorId !== caller.id) await counters.countView(courseId)
      changes.changed(courseId)
      return TRACKED
    },
  })

  app.route({
    ...analyticsApi.trackTelemetry,
    handler: async ({ caller, body }) => {
      const course = await directory.requireLecture(body.courseId, body.lectureId)
      if (course.creatorId !== caller.id) await counters.countWatching({ ...body, userId: caller.id })
      changes.changed(body.courseId)
      return TRACKED
    },
  })
}
