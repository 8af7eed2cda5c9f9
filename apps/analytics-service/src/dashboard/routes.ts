import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import type { ReadNumbers } from './reader.ts'
import { dashboardOf } from './rules.ts'

export type DashboardDeps = {
  requireStaff: RequireStaff
  readNumbers: ReadNumbers
  now: () => number
}

export const dashboardRoutes: FastifyPluginAsyncTypebox<DashboardDeps> = async (app, deps) => {
  const { requireStaff, readNumbers, now } = deps

  app.route({
    ...analyticsApi.getDashboard,
    handler: async ({ caller, params: { courseId } }) => {
      const course = await requireStaff(caller, courseId)
      const asOf = new Date(now())
      const lectureIds = course.lectures.map((lecture) => lecture.lectureId)
      const { counts, uniques } = await readNumbers(courseId, lectureIds)
      return dashboardOf(course, counts, uniques, asOf)
    },
  })
}
