import { learnerApi } from '@aetherlearn/contracts/progress/learner'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ActivityStore } from '../activity/store.ts'
import { dayOf } from '../activity/zones.ts'
import type { History } from './port.ts'
import { daysAsked } from './rules.ts'

export type HistoryDeps = {
  history: Pick<History, 'days'>
  activity: Pick<ActivityStore, 'learner'>
  now: () => number
}

export const historyRoutes: FastifyPluginAsyncTypebox<HistoryDeps> = async (app, deps) => {
  const { history, activity, now } = deps
  app.route({
    ...learnerApi.getActivity,
    handler: async ({ caller, query }) => {
      const { zones } = await activity.learner(caller.id)
      const { from, to } = daysAsked(query, dayOf(now(), zones))
      return { from, to, days: await history.days(caller.id, from, to) }
    },
  })
}
