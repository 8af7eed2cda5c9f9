import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { ReadNumbers } from './reader.ts'
import { dashboardOf } from './rules.ts'

export type DashboardDeps = {
  directory: Pick<Directory, 'requireCourse'>
  readNumbers: ReadNumbers
  now: () => number
}

export const dashboardRoutes: FastifyPluginAsyncTypebox<DashboardDeps> = async (app, deps) => {
  const { directory, readNumbers, now } = deps

  app.route({
    ...analyticsApi.getDashboard,
    handler: async ({ caller, params: { courseId } }) => {
      const course = await directory.requireCourse(courseId, 'params')
      if (course.creatorId !== caller.id && caller.role !== 'admin') throw fail('FORBIDDEN')
      const asOf = new Date(now())
      const lectureIds = course.lectures.map((lecture) => lecture.lectureId)
      const { counts, uniques } = await readNumbers(courseId, lectureIds)
      return dashboardOf(course, counts, uniques, asOf)
    },
  })
}
