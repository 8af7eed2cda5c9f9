import { progressApi } from '@aetherlearn/contracts/progress'
import { completionApi } from '@aetherlearn/contracts/progress/completion'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { CourseStore } from '../courses/store.ts'
import type { Completion } from './completion.ts'
import type { CountStore } from './counts-store.ts'

export type CompletionDeps = {
  directory: Pick<Directory, 'requireLecture'>
  completion: Pick<Completion, 'complete' | 'completeWatched' | 'lack'>
  counts: CountStore
  courses: Pick<CourseStore, 'coursesOf' | 'headings'>
  now: () => number
}

export const completionRoutes: FastifyPluginAsyncTypebox<CompletionDeps> = async (app, deps) => {
  const { directory, completion, counts, courses, now } = deps

  app.route({
    ...progressApi.complete,
    handler: async ({ caller, body, traceId }) => {
      await directory.requireLecture(caller.id, body.courseId, body.lectureId)
      await completion.complete({ ...body, userId: caller.id }, { at: new Date(now()), traceId })
      return { message: 'completed' }
    },
  })

  app.route({
    ...completionApi.getCompletion,
    handler: async ({ caller, params, traceId }) => {
      const { courseId, lectureId } = params
      await directory.requireLecture(caller.id, courseId, lectureId, 'params')
      // So that it never says that all is watched and nothing completed.
      await completion.completeWatched(caller.id, courseId, [lectureId], new Date(now()), traceId)
      return completion.lack({ ...params, userId: caller.id })
    },
  })

  app.route({
    ...progressApi.getCourseProgress,
    // A query each for enrolments, courses and counts, all answered by indexes, however many lectures there are.
    handler: async ({ caller }) => {
      const courseIds = await courses.coursesOf(caller.id)
      const headings = await courses.headings(courseIds)
      const percentages = await counts.percentages(caller.id, headings)
      return courseIds.flatMap((courseId) =>
        headings.has(courseId) ? [{ courseId, progress: percentages.get(courseId) ?? 0 }] : [],
      )
    },
  })
}
