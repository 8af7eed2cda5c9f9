import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import type { NamesStore } from './names-store.ts'
import { atRisk, riskRules } from './risk-rules.ts'
import { cohortsOf } from './rules.ts'
import type { StudentStore } from './store.ts'

export type StudentDeps = {
  requireStaff: RequireStaff
  students: Pick<StudentStore, 'ofCourse'>
  names: Pick<NamesStore, 'among'>
  now: () => number
}

export const studentRoutes: FastifyPluginAsyncTypebox<StudentDeps> = async (app, deps) => {
  const { requireStaff, students, names, now } = deps

  app.route({
    ...analyticsApi.getCohorts,
    handler: async ({ caller, params: { courseId } }) => {
      await requireStaff(caller, courseId)
      const { students: all, lectures } = await students.ofCourse(courseId)
      return { cohorts: cohortsOf(all, lectures, new Date(now())) }
    },
  })

  app.route({
    ...analyticsApi.listStudentsAtRisk,
    handler: async ({ caller, params: { courseId }, query: { limit } }) => {
      await requireStaff(caller, courseId)
      const { students: all, lectures } = await students.ofCourse(courseId)
      const found = atRisk(all, lectures, new Date(now()))
      const shown = found.slice(0, limit)
      const called = await names.among(shown.map(({ userId }) => userId))
      return {
        students: shown.map((student) => {
          const fullName = called.get(student.userId)
          return { ...student, ...(fullName !== undefined && { fullName }) }
        }),
        total: found.length,
        enrolled: all.filter(({ enrolled }) => enrolled).length,
        rules: riskRules,
      }
    },
  })
}
