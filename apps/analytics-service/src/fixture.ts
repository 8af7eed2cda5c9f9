import {
  coursePublished,
  courseStaffChanged,
  enrolmentCreated,
  enrolmentEnded,
} from '@aetherlearn/contracts/course/events'
import type { EventType, Payload } from '@aetherlearn/contracts/shape'
import type { VerifyToken } from '@aetherlearn/service-kit/auth'
import { failureOf } from '@aetherlearn/service-kit/errors'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { NO_TRACE } from '@aetherlearn/service-kit/outbox'
import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { buildApp } from './app.ts'
import { createParts, type PartsOptions } from './parts.ts'

/** What `libs/testing` gives; running code may not name it. */
type TestStores = {
  database: string
  connectMongo(): Promise<MongoConnection>
  connectRedis(): Promise<Redis>
  prepare(mongo: MongoConnection): Promise<void>
}
export type FixtureOptions = Pick<PartsOptions, 'openLog' | 'mailSecret' | 'webhookReach'> & {
  now?: () => number
  courseWaitMs?: number
}

const DAY_MS = 86_400_000
const NEARLY_OVER_MS = 60_000

/**
 * Statistics are of days of UTC, by Redis' own clock. Once a day a test file waits for the next one to begin, rather than
 * for its tests to find on two days what they did in one.
 */
async function atNoDaysEnd() {
  const leftMs = DAY_MS - (Date.now() % DAY_MS)
  if (leftMs < NEARLY_OVER_MS) await pause(leftMs + 10)
}

/** For tests: the whole service on real stores, with keys of its own in a Redis that tests share. */
export async function openFixture(
  stores: TestStores,
  verifyToken: VerifyToken,
  options: FixtureOptions = {},
) {
  await atNoDaysEnd()
  const mongo = await stores.connectMongo()
  const shared = await stores.connectRedis()
  const redis = shared.duplicate({ keyPrefix: `${stores.database}:`, enableAutoPipelining: true })
  redis.on('error', () => {
    // Every command reports its own failure.
  })
  await redis.connect()
  const parts = createParts({ mongo, redis, courseWaitMs: 0, ...options })
  await stores.prepare(mongo)
  const app = await buildApp({ ...parts, verifyToken })

  /** As the listener does, without a queue in between: what ran out of time is heard again. */
  async function hear<E extends EventType>(type: E, payload: Payload<E>): Promise<void> {
    const handler = parts.events.find((event) => event.type === type)
    try {
      const after = await transaction(mongo, async (session) => handler?.handle(payload, session, NO_TRACE))
      await after?.()
    } catch (error) {
      if (failureOf(error)?.code !== 'UNAVAILABLE') throw error
      await hear(type, payload)
    }
  }
  async function publish(course: {
    courseId: string
    creatorId: string
    lectures: string[]
    version?: number
  }) {
    const { lectures, version = 1 } = course
    const payload = {
      ...course,
      title: 'Algebra',
      version,
      lectures: lectures.map((lectureId, i) => ({
        lectureId,
        lectureTitle: `Lecture ${i + 1}`,
        durationSeconds: 60,
      })),
    }
    await hear(coursePublished, payload)
  }
  const changeStaff = (change: Payload<typeof courseStaffChanged>) => hear(courseStaffChanged, change)
  type Enrolment = { courseId: string; userId: string; sequence?: number; at: string }
  const enrol = ({ sequence = 1, ...fact }: Enrolment) => hear(enrolmentCreated, { ...fact, sequence })
  const leave = ({ sequence = 2, ...fact }: Enrolment) => hear(enrolmentEnded, { ...fact, sequence })
  /** As if Redis had lost everything, for the keys of this test. */
  async function wipeRedis() {
    const keys = await shared.keys(`${stores.database}:*`)
    if (keys.length > 0) await shared.del(...keys)
  }
  const close = async () => {
    await app.close()
    await parts.eventLog?.close()
    redis.disconnect()
  }
  return { ...parts, app, mongo, redis, hear, publish, changeStaff, enrol, leave, wipeRedis, close }
}
