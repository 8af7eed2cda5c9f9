import { webhookJob } from '@aetherlearn/contracts/analytics/webhooks'
import { openWorker } from '@aetherlearn/service-kit/jobs'
import { DelayedError, UnrecoverableError } from 'bullmq'
import type { Logger } from 'pino'
import { Compile } from 'typebox/compile'
import type { Deliver } from './deliver.ts'

export type WebhookWorkerOptions = { redisUrl: string; deliver: Deliver; log: Pick<Logger, 'warn'> }

const AT_ONCE = 20
/**
 * A killed worker's delivery is another's after a quarter of a minute, longer than a sending takes, and no failure of the
 * receiver.
 */
const STALLED = { lockDuration: 12_000, stalledInterval: 3000, maxStalledCount: 100 }
const payload = Compile(webhookJob.payload)

/** Works on what is to be sent. When it is tried again is kept with the delivery: the queue only brings it at that moment. */
export function startWebhookWorker({ redisUrl, deliver, log }: WebhookWorkerOptions) {
  const onError = (error: Error) => log.warn({ err: error }, 'webhook not sent, trying again')
  const options = { redisUrl, queue: webhookJob.queue, concurrency: AT_ONCE, onError, settings: STALLED }
  const { close } = openWorker(options, async (job, token) => {
    if (!payload.Check(job.data.payload)) throw new UnrecoverableError('the payload has the wrong form')
    const againAt = await deliver(job.data.payload.deliveryId)
    if (againAt === undefined) return
    await job.moveToDelayed(againAt.getTime(), token)
    throw new DelayedError()
  })
  return { stop: close }
}
