import { startRelay } from '@aetherlearn/service-kit/relay'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Logger } from 'pino'
import { startMailing } from '../mail/jobs.ts'
import { createMailer } from '../mail/mailer.ts'
import type { MailConfig } from '../mail/settings.ts'
import { openTransport } from '../mail/transport.ts'
import type { Parts } from '../parts.ts'

export type MessagingOptions = {
  mongo: MongoConnection
  redisUrl: string
  parts: Parts
  config: MailConfig
  log: Logger
}
type Stop = () => Promise<unknown> | void

/** What messages need besides requests: mail for those who want it. */
export function startMessaging({ mongo, redisUrl, parts, config, log }: MessagingOptions) {
  const relay = startRelay({ connection: mongo, outbox: parts.outbox, redisUrl, log })
  const stops: Stop[] = [() => relay.stop()]
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
