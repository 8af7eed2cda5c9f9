import { randomBytes } from 'node:crypto'
import type { analyticsApi } from '@aetherlearn/contracts/analytics'
import { webhookEvents, type WebhookEvent } from '@aetherlearn/contracts/analytics/webhooks'
import type { Role } from '@aetherlearn/contracts/shape'
import type { Client } from '@aetherlearn/sdk/client'
import type { VerifyToken } from '@aetherlearn/service-kit/auth'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { openFixture } from '../fixture.ts'
import { startReceiver } from './receiver.fixture.ts'
import { anyReach } from './send.ts'

export const DAY_MS = 86_400_000

type Fixture = Awaited<ReturnType<typeof openFixture>>
/** What `libs/testing` gives. */
type WorldOptions = {
  stores: Parameters<typeof openFixture>[0] & { close(): Promise<void> }
  verifyToken: VerifyToken
  clientFor(app: Fixture['app'], person: { id: string; role: Role }): Promise<Client<typeof analyticsApi>>
}
const newId = () => randomBytes(12).toString('hex')

/** For tests: the service, a server that its webhooks lead to, and people. */
export async function openWebhooks({ stores, verifyToken, clientFor }: WorldOptions) {
  const clock = { aheadMs: 0 }
  const now = () => Date.now() + clock.aheadMs
  const service = await openFixture(stores, verifyToken, { now, webhookReach: anyReach })
  const receiver = await startReceiver()
  const outbox = outboxModel(service.mongo)

  async function aPerson(id = newId(), role: Role = 'instructor') {
    return { id, client: await clientFor(service.app, { id, role }) }
  }
  /** A course whose webhook leads to the receiver. */
  async function aCourse(events: WebhookEvent[] = [...webhookEvents], url = receiver.url) {
    const [courseId, lectureId] = [newId(), newId()]
    const { id: creatorId, client } = await aPerson()
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
    await service.close()
    await stores.close()
  }
  const at = () => new Date(now()).toISOString()
  return { service, receiver, clock, now, at, aPerson, aCourse, sendAll, close }
}
