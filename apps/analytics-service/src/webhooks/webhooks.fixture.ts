import { webhookEvents, type WebhookEvent } from '@aetherlearn/contracts/analytics/webhooks'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { newId } from '@aetherlearn/testing/ids'
import { openSchool } from '../school.fixture.ts'
import { startReceiver } from './receiver.fixture.ts'
import { anyReach } from './send.ts'

/** For tests: the service, a server that its webhooks lead to, and people. */
export async function openWebhooks() {
  const school = await openSchool({ webhookReach: anyReach })
  const { service, clock, now, at, aStranger } = school
  const receiver = await startReceiver()
  const outbox = outboxModel(service.mongo)

  /** A course whose webhook leads to the receiver. */
  async function aCourse(events: WebhookEvent[] = [...webhookEvents], url = receiver.url) {
    const [courseId, lectureId] = [newId(), newId()]
    const { userId: creatorId, client } = await aStranger('instructor')
    await service.publish({ courseId, creatorId, lectures: [lectureId, newId()] })
    const params = { courseId }
    const { webhook, secret } = await client.addWebhook({ params, body: { url, events } })
    const ref = { courseId, webhookId: webhook._id }
    const deliveries = async () => (await client.listDeliveries({ params: ref })).deliveries
    return { courseId, lectureId, creatorId, client, params, ref, secret, deliveries }
  }
  /** As the queue does: everything that was left, in its order. */
  async function sendAll() {
    const waiting = { name: 'webhook-queue', sentAt: null }
    for (const { _id, payload } of await outbox.find(waiting).sort({ _id: 1 }).lean()) {
      await service.deliver(payload.deliveryId)
      await outbox.updateOne({ _id }, { sentAt: new Date() })
    }
  }
  const close = async () => {
    receiver.close()
    await school.close()
  }
  return { service, receiver, clock, now, at, aStranger, aCourse, sendAll, close }
}
