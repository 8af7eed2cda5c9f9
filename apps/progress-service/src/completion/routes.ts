import { progressApi } from '@aetherlearn/contracts/progress'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Directory } from '../courses/directory.ts'
import type { CourseStore } from '../courses/store.ts'
import { completionPercentage } from '../watch/rules.ts'
import type { ProgressStore } from '../watch/store.ts'
import type { CompletionStore } from './store.ts'

export type CompletionDeps = {
  directory: Pick<Directory, 'requireLecture' | 'courses'>
  completion: CompletionStore
  courses: Pick<CourseStore, 'coursesOf'>
  progress: Pick<ProgressStore, 'completedOf'>
  now: () => number
}

export const completionRoutes: FastifyPluginAsyncTypebox<CompletionDeps> = async (app, deps) => {
  const { directory, completion, courses, progress, now } = deps

  app.route({
    ...progressApi.complete,
    handler: async ({ caller, body, traceId }) => {
      await directory.requireLecture(caller.id, body.courseId, body.lectureId)
      await completion.complete({ ...body, userId: caller.id }, new Date(now()), traceId)
      return { message: 'completed' }
    },
  })

  app.route({
    ...progressApi.getCourseProgress,
    // One query per collection, however many courses and lectures.
    handler: async ({ caller }) => {
      const courseIds = await courses.coursesOf(caller.id)
      const [known, completed] = await Promise.all([
        directory.courses(courseIds),
        progress.completedOf(caller.id, courseIds),
      ])
      return courseIds.flatMap((courseId) => {
        const course = known.get(courseId)
        if (course === undefined) return []
        return [{ courseId, progress: completionPercentage(completed.get(courseId) ?? [], course) }]
      })
    },
  })
}
