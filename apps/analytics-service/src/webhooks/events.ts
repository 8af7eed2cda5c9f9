import { courseDeleted, enrolmentCreated, enrolmentEnded } from '@aetherlearn/contracts/course/events'
import { courseCompleted, lectureCompleted } from '@aetherlearn/contracts/progress'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { DeliveryStore } from './delivery-store.ts'
import type { Fact, Outlet } from './outlet.ts'
import type { WebhookStore } from './store.ts'

export type WebhookEventDeps = {
  outlet: Pick<Outlet, 'tell'>
  webhooks: Pick<WebhookStore, 'removeCourse'>
  deliveries: Pick<DeliveryStore, 'removeOf'>
  /** Those of whom nothing may be told. */
  unnamed: Pick<Erasure, 'among'>
}

/** What is heard here and goes on to other servers. */
function tellers({ outlet, webhooks, deliveries, unnamed }: WebhookEventDeps): EventHandler[] {
  const telling =
    (event: Parameters<Outlet['tell']>[0]) =>
    async (fact: Fact & { userId: string }, session: Session, traceId: string) => {
      if ((await unnamed.among([fact.userId], session)).size > 0) return
      const { courseId, userId, lectureId, at } = fact
      const told = { courseId, userId, ...(lectureId !== undefined && { lectureId }), at }
      await outlet.tell(event, [told], session, traceId)
    }
  return [
    on(enrolmentCreated, telling('enrolment.created')),
    on(enrolmentEnded, telling('enrolment.ended')),
    on(lectureCompleted, telling('lecture.completed')),
    on(courseCompleted, telling('course.completed')),
    on(courseDeleted, async ({ courseId }, session) => {
      await webhooks.removeCourse(courseId, session)
      await deliveries.removeOf({ courseId }, session)
    }),
  ]
}

/** The same events with the same effects, and in the same transactions webhooks are told of them: both or neither. */
export function alsoTold(events: EventHandler[], deps: WebhookEventDeps): EventHandler[] {
  const telling = new Map(tellers(deps).map((teller) => [teller.type.name, teller]))
  return events.map((event) => {
    const teller = telling.get(event.type.name)
    if (teller === undefined) return event
    return {
      type: event.type,
      handle: async (payload, session, traceId) => {
        const after = await event.handle(payload, session, traceId)
        await teller.handle(payload, session, traceId)
        return after
      },
    }
  })
}
