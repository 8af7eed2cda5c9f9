import { progressApi } from '@aetherlearn/contracts/progress'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { CourseStore } from '../courses/store.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import { dayOf, daysBefore } from './days.ts'
import { ACTIVE_WITHIN_MS, HEATMAP_DAYS, liveStreak } from './rules.ts'
import type { ActivityStore } from './store.ts'

export type ActivityDeps = {
  activity: Pick<ActivityStore, 'mark' | 'learner' | 'days'>
  courses: Pick<CourseStore, 'coursesOf'>
  buffer: Pick<PositionBuffer, 'lastSavedAt'>
  now: () => number
}

export const activityRoutes: FastifyPluginAsyncTypebox<ActivityDeps> = async (app, deps) => {
  const { activity, courses, buffer, now } = deps

  /** The last thing the student really did, in ms since 1970. */
  async function lastActiveAt(userId: string) {
    const [{ lastCompletedAt }, courseIds] = await Promise.all([
      activity.learner(userId),
      courses.coursesOf(userId),
    ])
    return Math.max(lastCompletedAt?.getTime() ?? 0, await buffer.lastSavedAt(userId, courseIds))
  }

  app.route({
    ...progressApi.markActivity,
    handler: async ({ caller }) => {
      const at = now()
      if (at - (await lastActiveAt(caller.id)) > ACTIVE_WITHIN_MS) return { message: 'nothing to mark' }
      await activity.mark(caller.id, new Date(at))
      return { message: 'marked' }
    },
  })

  app.route({
    ...progressApi.getHeatmap,
    handler: ({ caller }) => {
      const today = dayOf(new Date(now()))
      return activity.days(caller.id, daysBefore(today, HEATMAP_DAYS - 1))
    },
  })

  app.route({
    ...progressApi.getStudentStats,
    handler: async ({ caller }) => {
      const learner = await activity.learner(caller.id)
      const { longestStreak, totalCompleted, lastActiveDate } = learner
      const currentStreak = liveStreak(learner, dayOf(new Date(now())))
      return { currentStreak, longestStreak, totalCompleted, lastActiveDate }
    },
  })
}
