import { mailJob } from '@aetherlearn/contracts/analytics/messages'
import { openWorker } from '@aetherlearn/service-kit/jobs'
import type { Logger } from 'pino'
import { Compile } from 'typebox/compile'
import type { Mailer } from './mailer.ts'

const AT_ONCE = 2
const isMail = Compile(mailJob.payload)

export type MailingOptions = { redisUrl: string; mailer: Mailer; log: Pick<Logger, 'warn'> }

/** Sends mails until stopped; what no server takes is tried again, at last every half a minute. */
export function startMailing({ redisUrl, mailer, log }: MailingOptions): { stop(): Promise<void> } {
  const onError = (error: Error) =>
    log.warn({ err: error.name, reason: error.message }, 'mail not sent, trying again')
  const open = openWorker({ redisUrl, queue: mailJob.queue, concurrency: AT_ONCE, onError }, async (job) => {
    const { payload } = job.data
    if (!isMail.Check(payload)) throw new Error(`The payload of ${mailJob.queue} has the wrong form`)
    await mailer(payload.messageId)
  })
  return { stop: open.close }
}
