import type { CompletionRule } from '@aetherlearn/contracts/course/completion'
import type { LecturePackage } from '@aetherlearn/contracts/course/packages'
import { coursePublished, enrolmentCreated, enrolmentEnded } from '@aetherlearn/contracts/course/events'
import type { EventType, Payload } from '@aetherlearn/contracts/shape'
import type { VerifyToken } from '@aetherlearn/service-kit/auth'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { NO_TRACE } from '@aetherlearn/service-kit/outbox'
import { patientRedis } from '@aetherlearn/service-kit/redis'
import { createSharedCache } from '@aetherlearn/service-kit/shared-cache'
import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import type { OpenCourseCache } from './courses/memory.ts'
import { createMongoHistory } from './history/mongo-store.ts'
import type { OpenHistory } from './history/settings.ts'
import { createParts } from './parts.ts'

/** What `libs/testing` gives; running code may not name it. */
type TestStores = {
  database: string
  redisUrl: string
  connectMongo(): Promise<MongoConnection>
  connectRedis(): Promise<Redis>
  prepare(mongo: MongoConnection): Promise<void>
}
type Details = {
  durationSeconds?: number
  completion?: CompletionRule
  /** By lecture. */
  packages?: Record<string, LecturePackage>
  /** By lecture: how many it has. */
  questions?: Record<string, number>
}
export type FixtureOptions = {
  now?: () => number
  enrolmentWaitMs?: number
  lateLimit?: number
  openHistory?: OpenHistory
}

/** As `main.ts` opens it, on the keys of this test alone. */
function openTestCache({ redisUrl, database }: TestStores, redis: Redis) {
  const subscriber = patientRedis(redisUrl)
  const closers: (() => Promise<void>)[] = []
  const open: OpenCourseCache = (more) => {
    const cache = createSharedCache({ redis, subscriber, channel: `${database}:courseMeta`, ...more })
    closers.push(cache.close)
    return cache
  }
  const close = async () => {
    for (const closer of closers) await closer()
    subscriber.disconnect()
  }
  return { open, close }
}

/** For tests: the whole service on real stores, with keys of its own in a Redis that tests share. */
export async function openFixture(
  stores: TestStores,
  verifyToken: VerifyToken,
  options: FixtureOptions = {},
) {
  const mongo = await stores.connectMongo()
  const shared = await stores.connectRedis()
  const redis = shared.duplicate({ keyPrefix: `${stores.database}:`, enableAutoPipelining: true })
  redis.on('error', () => {
    // Every command reports its own failure.
  })
  await redis.connect()
  const cache = openTestCache(stores, redis)
  const log = pino({ level: 'silent' })
  const parts = createParts({
    mongo,
    redis,
    openCourseCache: cache.open,
    openHistory: (connection) => createMongoHistory(connection, 0),
    log,
    enrolmentWaitMs: 0,
    ...options,
  })
  await stores.prepare(mongo)
  const app = await buildApp({ ...parts, verifyToken })

  /** As the listener does, without a queue in between. */
  async function hear<E extends EventType>(type: E, payload: Payload<E>) {
    const handler = parts.events.find((event) => event.type === type)
    const after = await transaction(mongo, async (session) => handler?.handle(payload, session, NO_TRACE))
    await after?.()
  }
  const publish = (courseId: string, lectures: string[], version = 1, details: Details = {}) =>
    hear(coursePublished, {
      courseId,
      creatorId: courseId,
      title: 'Algebra',
      version,
      lectures: lectures.map((lectureId) => ({
        lectureId,
        lectureTitle: 'Sets',
        durationSeconds: details.durationSeconds ?? 60,
        ...(details.packages?.[lectureId] && { package: details.packages[lectureId] }),
        ...(details.questions?.[lectureId] && { questions: details.questions[lectureId] }),
      })),
      ...(details.completion && { completion: details.completion }),
    })
  const enrol = (userId: string, courseId: string, sequence = 1) =>
    hear(enrolmentCreated, { userId, courseId, sequence, at: '2026-01-01T00:00:00Z' })
  const leave = (userId: string, courseId: string, sequence = 2) =>
    hear(enrolmentEnded, { userId, courseId, sequence, at: '2026-01-01T00:00:00Z' })
  const close = async () => {
    await app.close()
    await cache.close()
    redis.disconnect()
  }
  return { ...parts, app, mongo, redis, publish, enrol, leave, hear, close }
}
