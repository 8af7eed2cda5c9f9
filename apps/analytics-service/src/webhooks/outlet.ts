import { webhookJob, type WebhookEvent, type WebhookMessage } from '@aetherlearn/contracts/analytics/webhooks'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import type { DeliveryStore, NewDelivery } from './delivery-store.ts'
import type { WebhookRef, WebhookStore } from './store.ts'

/** What happened, as it is told: whatever else is known of it stays here. */
export type Fact = WebhookMessage['data'] & { at: string }
export type Outlet = {
  /** Leaves a delivery for each webhook of the course that is to be told, in the transaction of what happened. */
  tell(event: WebhookEvent, facts: Fact[], session: Session, traceId?: string): Promise<void>
  /** Answers the delivery's id. */
  ping(ref: WebhookRef, at: string, session: Session): Promise<string>
  again(ref: WebhookRef & { deliveryId: string }, session: Session): Promise<void>
}
export type OutletDeps = {
  webhooks: Pick<WebhookStore, 'hearing'>
  deliveries: Pick<DeliveryStore, 'add' | 'renew'>
  outbox: Pick<Outbox, 'addJob'>
}

/** The row of a delivery and the job that sends it come into being together, or neither does. */
export function createOutlet({ webhooks, deliveries, outbox }: OutletDeps): Outlet {
  const send = (deliveryId: string, session: Session, traceId?: string) =>
    outbox.addJob(webhookJob, { deliveryId }, session, traceId ? { traceId } : {})

  async function leave(wanted: NewDelivery[], session: Session, traceId?: string) {
    const ids = await deliveries.add(wanted, session)
    // One after the other: a transaction does one thing at a time.
    for (const deliveryId of ids) await send(deliveryId, session, traceId)
    return ids
  }

  return {
    async tell(event, facts, session, traceId) {
      for (const [courseId, those] of Map.groupBy(facts, (fact) => fact.courseId)) {
        const hearing = await webhooks.hearing(courseId, event, session)
        const wanted = those.flatMap(({ at, ...data }) =>
          hearing.map((webhookId) => ({
            ...{ courseId, webhookId },
            message: { type: event, timestamp: at, data },
          })),
        )
        await leave(wanted, session, traceId)
      }
    },

    async ping({ courseId, webhookId }, at, session) {
      const message = { type: 'ping' as const, timestamp: at, data: { courseId } }
      const [deliveryId] = await leave([{ courseId, webhookId, message }], session)
      if (deliveryId === undefined) throw new Error('a ping was not left')
      return deliveryId
    },

    async again({ webhookId, deliveryId }, session) {
      await deliveries.renew({ webhookId, deliveryId }, session)
      await send(deliveryId, session)
    },
  }
}
