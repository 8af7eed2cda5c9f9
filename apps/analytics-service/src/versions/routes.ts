import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import { lectureIn } from '../lectures/routes.ts'
import type { ReadVersions } from './reader.ts'

export type VersionDeps = { requireStaff: RequireStaff; readVersions: ReadVersions }

export const versionRoutes: FastifyPluginAsyncTypebox<VersionDeps> = async (app, deps) => {
  const { requireStaff, readVersions } = deps

  app.route({
    ...analyticsApi.compareVersions,
    handler: async ({ caller, params: { courseId, lectureId }, query }) => {
      const lecture = lectureIn(await requireStaff(caller, courseId), lectureId)
      return readVersions({ courseId, lecture, ...query })
    },
  })
}
