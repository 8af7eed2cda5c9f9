import { startRounds } from '@aetherlearn/service-kit/rounds'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { underLease } from '../flush/lease.ts'
import { startWebhookWorker } from './jobs.ts'
import type { WebhookParts } from './parts.ts'

export type WebhooksOptions = {
  parts: Pick<WebhookParts, 'deliver' | 'riskWatch'>
  redis: Redis
  redisUrl: string
  log: Logger
}

/** How soon others hear that somebody has come to be at risk; days pass until then. */
const LOOK_EVERY_MS = 3_600_000
const lease = { key: 'an:risk-lease', ms: 10 * 60_000 }

/** Sends what the outbox has left in the queue, and looks now and then who is at risk. */
export function startWebhooks({ parts, redis, redisUrl, log }: WebhooksOptions) {
  const worker = startWebhookWorker({ redisUrl, deliver: parts.deliver, log })
  const work = underLease(redis, parts.riskWatch.lookOnce, lease)
  const looking = startRounds({ name: 'students at risk', everyMs: LOOK_EVERY_MS, work, log })
  return {
    stop: async () => {
      await looking.stop()
      await worker.stop()
    },
  }
}
