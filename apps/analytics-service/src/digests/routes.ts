import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { WeeklyDigest } from '@aetherlearn/contracts/analytics/digests'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import type { NamesStore } from '../students/names-store.ts'
import type { DigestStore, StoredDigest } from './store.ts'

export type DigestDeps = {
  requireStaff: RequireStaff
  digests: Pick<DigestStore, 'list'>
  names: Pick<NamesStore, 'among'>
  unnamed: Pick<Erasure, 'among'>
}

export const digestRoutes: FastifyPluginAsyncTypebox<DigestDeps> = async (app, deps) => {
  const { requireStaff, digests, names, unnamed } = deps

  app.route({
    ...analyticsApi.listDigests,
    handler: async ({ caller, params: { courseId }, query }) => {
      await requireStaff(caller, courseId)
      const found = await digests.list(courseId, query)
      const named = [...new Set(found.flatMap(({ students }) => students.map(({ userId }) => userId)))]
      // Who said no since the digest was made is in no list any more.
      const [hidden, called] = await Promise.all([unnamed.among(named), names.among(named)])
      return { digests: found.map((digest) => shown(digest, hidden, called)) }
    },
  })
}

function shown(
  digest: StoredDigest,
  hidden: ReadonlySet<string>,
  called: ReadonlyMap<string, string>,
): WeeklyDigest {
  const { week, madeAt, numbers, atRisk, newAtRisk, students, hotspots, hardest } = digest
  return {
    week,
    madeAt: madeAt.toISOString(),
    numbers,
    atRisk,
    newAtRisk,
    students: students
      .filter(({ userId }) => !hidden.has(userId))
      .map(({ userId, reasons }) => {
        const fullName = called.get(userId)
        return { userId, ...(fullName !== undefined && { fullName }), reasons }
      }),
    hotspots,
    hardest,
  }
}
