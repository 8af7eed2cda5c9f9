import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import { createVisitors } from './consent/visitors.ts'
import { courseEvents } from './courses/events.ts'
import { createCourseParts } from './courses/parts.ts'
import { createDashboardParts } from './dashboard/parts.ts'
import { createOwnEvents } from './eventlog/own-events.ts'
import { createPseudonyms } from './eventlog/pseudonym-store.ts'
import type { OpenLog } from './eventlog/settings.ts'
import { createFiles } from './export/files.ts'
import { createExportStore } from './export/store.ts'
import { createDigestParts } from './digests/parts.ts'
import { createFlushParts } from './flush/parts.ts'
import { createCounters } from './ingest/counters.ts'
import { createTrafficOf } from './ingest/traffic.ts'
import { lectureEvents } from './lectures/events.ts'
import { createLectureParts } from './lectures/parts.ts'
import { createLiveParts } from './live/parts.ts'
import { createMessageParts } from './messages/parts.ts'
import { studentEvents } from './students/events.ts'
import { openPeople } from './students/parts.ts'
import { alsoTold } from './webhooks/events.ts'
import { createWebhookParts } from './webhooks/parts.ts'
import type { Reach } from './webhooks/send.ts'

export type PartsOptions = {
  mongo: MongoConnection
  /** The state Redis. */
  redis: Redis
  courseWaitMs: number
  /** How long after its last report a playback is kept. */
  playbacksKeptDays?: number
  now?: () => number
  /** Signs the links in mails; absent: no mail is sent. */
  mailSecret?: string | undefined
  /** Where webhooks may lead; left out: public addresses. */
  webhookReach?: Reach
  /** Opens the log of all events, where one is kept. */
  openLog?: OpenLog | undefined
}

/** All that routes, events and the flusher work with, on one MongoDB and one Redis; starts nothing. */
export function createParts(options: PartsOptions) {
  const { mongo, redis, courseWaitMs, playbacksKeptDays = 400, mailSecret, now = Date.now, openLog } = options
  const room = createCourseParts({ mongo, courseWaitMs })
  const { courses, staff, directory } = room
  const people = openPeople({ mongo, redis, now })
  const { students, names, erasure, consents, unnamed } = people
  const pseudonyms = createPseudonyms(mongo, unnamed)
  const eventLog = openLog?.({ redis, pseudonyms })
  const flush = createFlushParts({ ...people, mongo, redis, playbacksKeptDays, now })
  const dashboard = createDashboardParts({ ...flush, mongo, redis, eventLog })
  const lectures = createLectureParts({ ...dashboard, mongo, redis, now })
  const { answers, versions } = lectures
  const messages = createMessageParts({ ...people, mongo, redis, mailSecret, now })
  const { outbox } = messages
  const webhooks = createWebhookParts({ mongo, outbox, students, reach: options.webhookReach, now })
  const known = { ...people, ...room, ...dashboard, ...lectures, ...messages, ...webhooks, mongo, now }
  const weekly = createDigestParts(known)
  const { digests } = weekly
  return {
    now,
    ...room,
    ...createLiveParts({ ...room, redis, now }),
    files: createFiles({ ...dashboard, rows: createExportStore(mongo), now }),
    ...people,
    events: alsoTold(
      [
        ...courseEvents({ store: courses, staff, students, answers, digests, versions, directory, now }),
        ...studentEvents({ students, names, courses, erasure, consents }),
        ...lectureEvents({ answers, courses, unnamed }),
        erasure.event,
      ],
      { ...webhooks, unnamed },
    ),
    counters: createCounters(redis, { pack: eventLog?.pack, visitors: createVisitors(redis) }),
    eventLog,
    pseudonyms,
    ...(eventLog && { eventsOf: createOwnEvents({ table: eventLog.table, pseudonyms }) }),
    trafficOf: createTrafficOf(),
    ...flush,
    ...dashboard,
    ...lectures,
    ...messages,
    ...weekly,
    ...webhooks,
  }
}
export type Parts = ReturnType<typeof createParts>
