import type { DeliveryAttempt } from '@aetherlearn/contracts/analytics/webhooks'
import { signWebhook } from '@aetherlearn/sdk/webhooks'
import { messageIdOf, type DeliveryStore, type DueDelivery } from './delivery-store.ts'
import { addressFault, hasArrived, outcomeOf } from './rules.ts'
import { send, type Reach, type Sent } from './send.ts'
import type { Target, WebhookStore } from './store.ts'

export type DeliverDeps = {
  webhooks: Pick<WebhookStore, 'target' | 'arrived' | 'switchOff'>
  deliveries: Pick<DeliveryStore, 'due' | 'record'>
  reach: Reach
  now: () => number
}
/** Tries a delivery that is due; answers when to come again, if at all. */
export type Deliver = (deliveryId: string) => Promise<Date | undefined>

/** To one webhook, by this process: a server that is slow does not keep those of others. */
const AT_ONCE = 5
const BUSY_MS = 1000

export function createDeliver({ webhooks, deliveries, reach, now }: DeliverDeps): Deliver {
  const running = new Map<string, number>()

  async function post(deliveryId: string, { url, secrets }: Target, body: string): Promise<Sent> {
    const fault = addressFault(url, reach.anywhere)
    if (fault !== undefined) return { failure: `its address ${fault}` }
    const id = messageIdOf(deliveryId)
    const timestamp = String(Math.floor(now() / 1000))
    const signatures = secrets.map((secret) => signWebhook({ id, timestamp, body }, secret))
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'AetherLearn-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': (await Promise.all(signatures)).join(' '),
    }
    return send(new URL(url), headers, body, reach)
  }

  async function attempt(deliveryId: string, delivery: DueDelivery, target: Target) {
    const { webhookId, body, since, tries } = delivery
    const [at, began] = [new Date(now()), performance.now()]
    const sent = await post(deliveryId, target, body)
    const made: DeliveryAttempt = {
      at: at.toISOString(),
      milliseconds: Math.round(performance.now() - began),
      ...sent,
    }
    // What somebody has sent by hand through a webhook that is off is tried once, as a ping is.
    const isLastTry = !target.enabled || body.startsWith('{"type":"ping"')
    const tried = { since, tries: tries + 1, now: new Date(now()), attempt: made, isLastTry }
    const outcome = outcomeOf(tried)
    await deliveries.record(deliveryId, made, outcome)
    if (hasArrived(made)) await webhooks.arrived(webhookId)
    if (outcome.state === 'failed' && outcome.switchOff !== undefined)
      await webhooks.switchOff(webhookId, outcome.switchOff, made.status === 410 ? at : since)
    return outcome.state === 'waiting' ? outcome.nextAt : undefined
  }

  return async (deliveryId) => {
    const delivery = await deliveries.due(deliveryId)
    if (delivery === undefined) return undefined
    const { webhookId, nextAt } = delivery
    // A queue that has lost its delays starts at once.
    if (nextAt !== undefined && nextAt.getTime() > now()) return nextAt
    const target = await webhooks.target(webhookId)
    if (target === undefined) return undefined
    const others = running.get(webhookId) ?? 0
    if (others >= AT_ONCE) return new Date(now() + BUSY_MS)
    running.set(webhookId, others + 1)
    try {
      return await attempt(deliveryId, delivery, target)
    } finally {
      const left = (running.get(webhookId) ?? 1) - 1
      if (left > 0) running.set(webhookId, left)
      else running.delete(webhookId)
    }
  }
}
