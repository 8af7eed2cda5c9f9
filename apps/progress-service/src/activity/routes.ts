import { progressApi } from '@aetherlearn/contracts/progress'
import { learnerApi } from '@aetherlearn/contracts/progress/learner'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { CourseStore } from '../courses/store.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import { daysBefore } from './days.ts'
import { ACTIVE_WITHIN_MS, HEATMAP_DAYS, liveStreak } from './rules.ts'
import type { ActivityStore } from './store.ts'
import { dayOf, zoneAt, zoneNamed } from './zones.ts'

export type ActivityDeps = {
  activity: Pick<ActivityStore, 'mark' | 'moveTo' | 'learner' | 'days'>
  courses: Pick<CourseStore, 'coursesOf'>
  buffer: Pick<PositionBuffer, 'lastSaved'>
  now: () => number
}

export const activityRoutes: FastifyPluginAsyncTypebox<ActivityDeps> = async (app, deps) => {
  const { activity, courses, buffer, now } = deps

  /** The last thing the student really did, in ms since 1970, and where something was saved last. */
  async function lastActive(userId: string) {
    const [{ lastCompletedAt }, courseIds] = await Promise.all([
      activity.learner(userId),
      courses.coursesOf(userId),
    ])
    const saved = await buffer.lastSaved(userId, courseIds)
    return { at: Math.max(lastCompletedAt?.getTime() ?? 0, saved?.at ?? 0), saved }
  }

  app.route({
    ...progressApi.markActivity,
    handler: async ({ caller }) => {
      const at = now()
      const last = await lastActive(caller.id)
      if (at - last.at > ACTIVE_WITHIN_MS) return { message: 'nothing to mark' }
      await activity.mark(caller.id, new Date(at), last.saved)
      return { message: 'marked' }
    },
  })

  app.route({
    ...progressApi.getHeatmap,
    handler: async ({ caller }) => {
      // In no zone is it earlier than the day before that in UTC.
      const earliest = daysBefore(dayOf(now(), []), HEATMAP_DAYS)
      const [{ zones }, days] = await Promise.all([
        activity.learner(caller.id),
        activity.days(caller.id, earliest),
      ])
      const first = daysBefore(dayOf(now(), zones), HEATMAP_DAYS - 1)
      return days.filter(({ date }) => date >= first)
    },
  })

  app.route({
    ...progressApi.getStudentStats,
    handler: async ({ caller }) => {
      const { streak, zones, totalCompleted } = await activity.learner(caller.id)
      const { longestStreak, lastActiveDate } = streak
      const live = liveStreak(streak, dayOf(now(), zones), zones)
      return { ...live, longestStreak, totalCompleted, lastActiveDate, timeZone: zoneAt(now(), zones) }
    },
  })

  app.route({
    ...learnerApi.getSettings,
    handler: async ({ caller }) => {
      const { zones } = await activity.learner(caller.id)
      return { timeZone: zoneAt(now(), zones), chosen: zones.length > 0 }
    },
  })

  app.route({
    ...learnerApi.putSettings,
    handler: async ({ caller, body }) => {
      const timeZone = zoneNamed(body.timeZone)
      if (timeZone === undefined) throw fail('INVALID_INPUT', { errors: [notAZone] })
      await activity.moveTo(caller.id, timeZone, new Date(now()))
      return { timeZone, chosen: true }
    },
  })
}

const notAZone = { field: 'body.timeZone', message: 'must be the name of a time zone, as Europe/Berlin' }
