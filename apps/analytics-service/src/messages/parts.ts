import { createLive } from '@aetherlearn/service-kit/live'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import type { Redis } from 'ioredis'
import { createLinks } from '../mail/links.ts'
import { createNudgeSender } from '../nudges/sender.ts'
import { createNudgeStore } from '../nudges/store.ts'
import type { NamesStore } from '../students/names-store.ts'
import type { StudentStore } from '../students/store.ts'
import { createPost } from './post.ts'
import { createSettingsStore } from './settings-store.ts'
import { createMessageStore } from './store.ts'

export type MessagePartsOptions = {
  mongo: MongoConnection
  redis: Redis
  students: StudentStore
  names: NamesStore
  erasure: Erasure
  /** Signs the links in mails; absent: no mail is sent. */
  mailSecret: string | undefined
  now: () => number
}

/** What messages to people are written, left and read with. */
export function createMessageParts(options: MessagePartsOptions) {
  const { mongo, redis, students, names, erasure, mailSecret, now } = options
  const messages = createMessageStore(mongo)
  const settings = createSettingsStore(mongo, erasure)
  const nudges = createNudgeStore(mongo)
  const outbox = createOutbox(mongo)
  const links = mailSecret === undefined ? undefined : createLinks(mailSecret)
  const mails = links !== undefined
  const post = createPost({ messages, settings, names, erasure, live: createLive(redis), outbox, mails })
  const nudgeSender = createNudgeSender({ mongo, students, names, settings, nudges, post, now })
  return { messages, settings, nudges, outbox, post, nudgeSender, mails, links }
}
