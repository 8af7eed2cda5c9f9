import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import type { StudentStore } from '../students/store.ts'
import { createDeliver } from './deliver.ts'
import { createDeliveryStore } from './delivery-store.ts'
import { createOutlet } from './outlet.ts'
import { createRiskStore } from './risk-store.ts'
import { createRiskWatch } from './risk-watch.ts'
import { publicReach, type Reach } from './send.ts'
import { createWebhookStore } from './store.ts'

export type WebhookPartsOptions = {
  mongo: MongoConnection
  outbox: Outbox
  students: Pick<StudentStore, 'ofCourse'>
  reach?: Reach | undefined
  now: () => number
}

/** What other servers are told of a course with. */
export function createWebhookParts(options: WebhookPartsOptions) {
  const { mongo, outbox, students, reach = publicReach, now } = options
  const webhooks = createWebhookStore(mongo, now)
  const deliveries = createDeliveryStore(mongo, now)
  const outlet = createOutlet({ webhooks, deliveries, outbox })
  const told = createRiskStore(mongo)
  return {
    webhooks,
    deliveries,
    outlet,
    told,
    transact: <T>(work: (session: Session) => Promise<T>) => transaction(mongo, work),
    anywhere: reach.anywhere,
    deliver: createDeliver({ webhooks, deliveries, reach, now }),
    riskWatch: createRiskWatch({ mongo, webhooks, students, told, outlet, now }),
  }
}
export type WebhookParts = ReturnType<typeof createWebhookParts>
