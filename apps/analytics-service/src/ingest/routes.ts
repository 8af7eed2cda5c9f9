import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { Changes } from '../live/changes.ts'
import { saysNo } from '../consent/signals.ts'
import type { Counters } from './counters.ts'
import type { TrafficOf } from './traffic.ts'

export type IngestDeps = {
  directory: Pick<Directory, 'requireCourse' | 'requireLecture'>
  counters: Counters
  trafficOf: TrafficOf
  changes: Changes
}

const TRACKED = { message: 'tracked' }

/** What is kept apart from the numbers of students is answered like anything else. */
export const ingestRoutes: FastifyPluginAsyncTypebox<IngestDeps> = async (app, deps) => {
  const { directory, counters, trafficOf, changes } = deps
  app.route({
    ...analyticsApi.trackView,
    handler: async ({ caller, headers, params: { courseId } }) => {
      const course = await directory.requireCourse(courseId, 'params')
      const traffic = trafficOf(course, caller.id, headers['user-agent'])
      await counters.countView({ courseId, userId: caller.id, traffic, unnamed: saysNo(headers) })
      changes.changed(courseId)
      return TRACKED
    },
  })

  app.route({
    ...analyticsApi.trackTelemetry,
    handler: async ({ caller, headers, body }) => {
      requireForward(body.segments)
      const { course, lecture } = await directory.requireLecture(body.courseId, body.lectureId)
      const traffic = trafficOf(course, caller.id, headers['user-agent'])
      const { durationSeconds } = lecture
      const unnamed = saysNo(headers)
      await counters.countWatching({ ...body, userId: caller.id, traffic, durationSeconds, unnamed })
      changes.changed(body.courseId)
      return TRACKED
    },
  })
}

function requireForward(segments: [from: number, to: number][] = []) {
  const reversed = segments.findIndex(([from, to]) => from > to)
  if (reversed === -1) return
  const errors = [{ field: `body.segments.${reversed}`, message: 'does not go forward' }]
  throw fail('INVALID_INPUT', { errors })
}
