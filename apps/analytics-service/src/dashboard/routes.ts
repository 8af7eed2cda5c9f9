import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import { comparisonOf } from './compare-rules.ts'
import type { ReadPeriod } from './compare-reader.ts'
import { daysIn, lastDays, periodErrors } from './periods.ts'
import type { ReadNumbers } from './reader.ts'
import { dashboardOf } from './rules.ts'

export type DashboardDeps = {
  requireStaff: RequireStaff
  readNumbers: ReadNumbers
  readPeriod: ReadPeriod
  now: () => number
}

export const dashboardRoutes: FastifyPluginAsyncTypebox<DashboardDeps> = async (app, deps) => {
  const { requireStaff, readNumbers, readPeriod, now } = deps

  app.route({
    ...analyticsApi.getDashboard,
    handler: async ({ caller, params: { courseId }, query }) => {
      const course = await requireStaff(caller, courseId)
      const asOf = new Date(now())
      const period = lastDays(query.days, asOf.getTime())
      const lectureIds = course.lectures.map((lecture) => lecture.lectureId)
      const { counts, uniques } = await readNumbers(courseId, lectureIds, period)
      return dashboardOf({ course, counts, uniques, days: daysIn(period), asOf })
    },
  })

  app.route({
    ...analyticsApi.comparePeriods,
    handler: async ({ caller, params: { courseId }, query }) => {
      const period = { from: query.from, to: query.to }
      const against = { from: query.againstFrom, to: query.againstTo }
      const errors = [
        ...periodErrors(period, { from: 'from', to: 'to' }),
        ...periodErrors(against, { from: 'againstFrom', to: 'againstTo' }),
      ]
      if (errors.length > 0) throw fail('INVALID_INPUT', { errors })
      const course = await requireStaff(caller, courseId)
      const [now, before] = await Promise.all([readPeriod(courseId, period), readPeriod(courseId, against)])
      return comparisonOf(course, now, before)
    },
  })
}
