import { startRelay } from '@aetherlearn/service-kit/relay'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { startRounds } from '@aetherlearn/service-kit/rounds'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { underLease } from '../flush/lease.ts'
import { startMailing } from '../mail/jobs.ts'
import { createMailer } from '../mail/mailer.ts'
import type { MailConfig } from '../mail/settings.ts'
import { openTransport } from '../mail/transport.ts'
import type { Parts } from '../parts.ts'

export type MessagingOptions = {
  mongo: MongoConnection
  redis: Redis
  redisUrl: string
  parts: Parts
  config: MailConfig
  log: Logger
}
/** Some of the digests that are due are made so often, 18,000 in an hour; with all of them there, a round asks nothing. */
const DIGEST_ROUND_MS = 2000
/** For economy alone: two instances that make the same digest keep one of both. */
const digestLease = { key: 'an:digest-lease', ms: 4 * 60_000 }

type Stop = () => Promise<unknown> | void

/** What messages need besides requests: the weekly digests, and mail for those who want it. */
export function startMessaging({ mongo, redis, redisUrl, parts, config, log }: MessagingOptions) {
  const relay = startRelay({ connection: mongo, outbox: parts.outbox, redisUrl, log })
  const work = underLease(redis, parts.makeDigests, digestLease)
  const rounds = startRounds({ name: 'digests', everyMs: DIGEST_ROUND_MS, work, log })
  const stops: Stop[] = [() => rounds.stop(), () => relay.stop()]
  if (parts.links !== undefined) {
    const { transport, close } = openTransport(config.SMTP_URL)
    const mailer = createMailer({
      ...parts,
      links: parts.links,
      transport,
      from: config.MAIL_FROM,
      publicOrigin: config.PUBLIC_ORIGIN,
      log,
    })
    const mailing = startMailing({ redisUrl, mailer, log })
    stops.push(() => mailing.stop(), close)
  }
  return {
    stop: async () => {
      for (const stop of stops) await stop()
    },
  }
}
