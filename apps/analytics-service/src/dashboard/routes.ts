import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { StaffStore } from '../courses/staff-store.ts'
import type { ReadNumbers } from './reader.ts'
import { dashboardOf } from './rules.ts'

export type DashboardDeps = {
  directory: Pick<Directory, 'requireCourse'>
  staff: Pick<StaffStore, 'isStaff'>
  readNumbers: ReadNumbers
  now: () => number
}

export const dashboardRoutes: FastifyPluginAsyncTypebox<DashboardDeps> = async (app, deps) => {
  const { directory, staff, readNumbers, now } = deps

  app.route({
    ...analyticsApi.getDashboard,
    handler: async ({ caller, params: { courseId } }) => {
      const course = await directory.requireCourse(courseId, 'params')
      const isOwner = course.creatorId === caller.id || caller.role === 'admin'
      if (!isOwner && !(await staff.isStaff(courseId, caller.id))) throw fail('FORBIDDEN')
      const asOf = new Date(now())
      const lectureIds = course.lectures.map((lecture) => lecture.lectureId)
      const { counts, uniques } = await readNumbers(courseId, lectureIds)
      return dashboardOf(course, counts, uniques, asOf)
    },
  })
}
