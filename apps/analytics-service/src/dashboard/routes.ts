import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { Sketches } from '../flush/sketches.ts'
import type { AnalyticsStore } from '../flush/store.ts'
import type { LiveReader } from './live.ts'
import { dashboardOf, mergeCounts } from './rules.ts'

export type DashboardDeps = {
  directory: Pick<Directory, 'requireCourse'>
  live: LiveReader
  sketches: Pick<Sketches, 'stored' | 'restore'>
  analytics: Pick<AnalyticsStore, 'read'>
  now: () => number
}

export const dashboardRoutes: FastifyPluginAsyncTypebox<DashboardDeps> = async (app, deps) => {
  const { directory, live, sketches, analytics, now } = deps

  app.route({
    ...analyticsApi.getDashboard,
    handler: async ({ caller, params: { courseId } }) => {
      const course = await directory.requireCourse(courseId, 'params')
      if (course.creatorId !== caller.id && caller.role !== 'admin') throw fail('FORBIDDEN')
      const lectureIds = course.lectures.map((lecture) => lecture.lectureId)
      const asOf = new Date(now())
      // Redis before MongoDB, always: see mergeCounts.
      const counted = await live.read(courseId, lectureIds)
      const stored = await analytics.read(courseId)
      if (!counted.whole) {
        const all = await sketches.stored(courseId)
        // Sent one after the other, in one round trip.
        const restored = sketches.restore(courseId, all)
        counted.uniques = await live.uniques(courseId, lectureIds)
        await restored
      }
      return dashboardOf(course, mergeCounts(counted.parts, stored, lectureIds), counted.uniques, asOf)
    },
  })
}
