import { evidenceApi } from '@aetherlearn/contracts/progress/evidence-api'
import { evidenceCsv } from '@aetherlearn/sdk/evidence-csv'
import { verifyEvidence } from '@aetherlearn/sdk/evidence'
import type { Caller } from '@aetherlearn/service-kit/auth'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { isDay, type Day } from '../activity/days.ts'
import type { Directory } from '../courses/directory.ts'
import type { StaffStore } from '../courses/staff-store.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { KeyStore } from './key-store.ts'
import type { Reports } from './reports.ts'
import type { Scope } from './rules.ts'
import type { EvidenceStore } from './store.ts'

export type EvidenceDeps = {
  reports: Reports
  chains: Pick<EvidenceStore, 'ofCourse' | 'isIn'>
  checkpointRows: Pick<CheckpointStore, 'list'>
  keys: Pick<KeyStore, 'publicKeys'>
  staff: Pick<StaffStore, 'worksOn'>
  directory: Pick<Directory, 'course'>
}
const CHECKPOINTS = 100

export const evidenceRoutes: FastifyPluginAsyncTypebox<EvidenceDeps> = async (app, deps) => {
  const { reports, chains, checkpointRows, keys, staff, directory } = deps

  async function requireStaff(caller: Caller, courseId: string) {
    if ((await directory.course(courseId)) === undefined) throw fail('COURSE_NOT_FOUND')
    if (caller.role !== 'admin' && !(await staff.worksOn(courseId, caller.id))) throw fail('FORBIDDEN')
  }

  app.route({
    ...evidenceApi.getEvidence,
    handler: ({ caller, query }) => reports.issue(caller.id, scopeOf(query)),
  })

  app.route({
    ...evidenceApi.getEvidenceCsv,
    handler: async ({ caller, query }, reply) => {
      const { report } = await reports.issue(caller.id, scopeOf(query))
      void reply.header('content-type', 'text/csv; charset=utf-8')
      void reply.header('content-disposition', 'attachment; filename="learning-time.csv"')
      return reply.send(evidenceCsv(report))
    },
  })

  app.route({
    ...evidenceApi.getEvidenceKeys,
    handler: async (_request, reply) => {
      void reply.header('cache-control', 'public, max-age=300')
      return keys.publicKeys()
    },
  })

  app.route({
    ...evidenceApi.listCheckpoints,
    handler: async ({ query: { after } }) => {
      const checkpoints = await checkpointRows.list(after, CHECKPOINTS)
      const last = checkpoints.at(-1)?.checkpoint.number
      return { checkpoints, ...(checkpoints.length === CHECKPOINTS && last !== undefined && { next: last }) }
    },
  })

  app.route({
    ...evidenceApi.verifyEvidence,
    handler: async ({ body: { evidence, earlier } }) =>
      verifyEvidence(evidence, { keys: await keys.publicKeys(), ...(earlier !== undefined && { earlier }) }),
  })

  app.route({
    ...evidenceApi.listCourseEvidence,
    handler: async ({ caller, params: { courseId }, query: { limit, cursor } }) => {
      await requireStaff(caller, courseId)
      const learners = await chains.ofCourse(courseId, limit, cursor)
      const last = learners.at(-1)
      return { learners, ...(learners.length === limit && last && { nextCursor: last.userId }) }
    },
  })

  app.route({
    ...evidenceApi.getCourseEvidence,
    handler: async ({ caller, params: { courseId, userId }, query }) => {
      await requireStaff(caller, courseId)
      if (!(await chains.isIn(courseId, userId))) throw fail('USER_NOT_FOUND')
      return reports.issue(userId, { ...scopeOf(query), courseId })
    },
  })
}

/** Throws INVALID_INPUT with the fields. */
function scopeOf({ from, to, courseId }: { from?: Day; to?: Day; courseId?: string }): Scope {
  const errors = Object.entries({ from, to }).flatMap(([name, day]) =>
    day === undefined || isDay(day)
      ? []
      : [{ field: `query.${name}`, message: 'must be a day of the calendar' }],
  )
  if (from !== undefined && to !== undefined && from > to)
    errors.push({ field: 'query.from', message: 'must not be later than `to`' })
  if (errors.length > 0) throw fail('INVALID_INPUT', { errors })
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(courseId !== undefined && { courseId }),
  }
}
