import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { coursePublished } from '@aetherlearn/contracts/course/events'
import { userErased } from '@aetherlearn/contracts/identity'
import { loadConfig } from '@aetherlearn/service-kit/config'
import { createClient } from '@aetherlearn/sdk/client'
import { rawCall } from '@aetherlearn/testing/client'
import { testClickHouse } from '@aetherlearn/testing/clickhouse'
import { newId } from '@aetherlearn/testing/ids'
import { testKafka, withoutKafka } from '@aetherlearn/testing/kafka'
import { startLoneService } from '@aetherlearn/testing/lone-service'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Config } from '../config.ts'
import { openFixture } from '../fixture.ts'
import { untilAnswered } from '../answered.fixture.ts'
import { BUCKETS, courseKeys, eventsKey } from '../keys.ts'
import { createReplayQueries } from '../replay/queries.ts'
import { createDrain } from './drain.ts'
import { createEventTable, type EventTable } from './event-table.ts'
import type { LogEvent } from './event.ts'
import { createFeed } from './feed.ts'
import { createKafkaLog } from './kafka.ts'
import { startEventRounds } from './rounds.ts'
import { openEventLog } from './open.ts'

const missing = await withoutKafka()
const skip = missing ?? false

async function open() {
  const [stores, kafka, clickHouse] = await Promise.all([testStores(), testKafka(), testClickHouse()])
  const settings = {
    EVENT_LOG: 'kafka',
    KAFKA_BROKERS: kafka.broker,
    KAFKA_TOPIC: kafka.topic,
    CLICKHOUSE_URL: clickHouse.url,
    CLICKHOUSE_DATABASE: clickHouse.database,
  }
  const config = loadConfig(Config, settings)
  const mint = await createTokenMint()
  const { connectPatientRedis: connectRedis } = stores
  const service = await openFixture({ ...stores, connectRedis }, mint.verifyToken, {
    openLog: (deps) => openEventLog(config, deps),
  })
  const { eventLog } = service
  if (eventLog === undefined) throw new Error('There is no event log')
  // A topic that was just made has nobody who takes events yet.
  await untilAnswered(eventLog.feedOnce)
  const close = async () => {
    await service.close()
    await Promise.all([kafka.close(), clickHouse.close(), stores.close()])
  }
  const { KAFKA_TOPIC: topic, KAFKA_PARTITIONS: partitions } = config
  const openKafka = () => createKafkaLog({ brokers: [kafka.broker], topic, partitions })
  const { sums } = createReplayQueries(eventLog.table)
  return { service, eventLog, kafka, clickHouse, settings, mint, openKafka, close, sums }
}
const opened = missing === undefined ? await open() : undefined
after(() => opened?.close())
const parts = () => {
  assert.ok(opened)
  return opened
}

async function eventsIn(table: EventTable, pseudonym: string): Promise<LogEvent[]> {
  const events: LogEvent[] = []
  for await (const event of table.ofUser(pseudonym)) events.push(event)
  return events
}
/** As they are given to this student, with their own id. */
async function eventsOf(userId: string): Promise<LogEvent[]> {
  const { service, eventLog } = parts()
  assert.deepEqual(await eventsIn(eventLog.table, userId), [], 'no event has the id of a user')
  const pseudonym = await service.pseudonyms.known(userId)
  const events = pseudonym === undefined ? [] : await eventsIn(eventLog.table, pseudonym)
  return events.map((event) => ({ ...event, userId }))
}
const waiting = async () => {
  const { redis } = parts().service
  const lengths = await Promise.all(
    Array.from({ length: BUCKETS }, (_, bucket) => redis.xlen(eventsKey(bucket))),
  )
  return lengths.reduce((sum, length) => sum + length, 0)
}
const watch = (userId: string, courseId: string, lectureId = newId()) =>
  parts().service.counters.countWatching({
    ...{ userId, courseId, lectureId, sessionId: newId() },
    ...{ traffic: 'students', watchTimeDelta: 5, segments: [[0, 5]] },
  })

test('an event says all that it changed', { skip }, async () => {
  const { service, eventLog } = parts()
  const [userId, courseId, lectureId, sessionId] = [newId(), newId(), newId(), 'one']
  const report = { userId, courseId, lectureId, sessionId, traffic: 'students' } as const
  await service.counters.countView({ userId, courseId, traffic: 'own' })
  const began = Date.now()
  await service.counters.countWatching({ ...report, watchTimeDelta: 5, segments: [[0, 3]] })
  await service.counters.countWatching({ ...report, watchTimeDelta: 5, segments: [[2, 3]] })
  const passed = Date.now() - began
  await eventLog.drainOnce()
  await eventLog.feedOnce()
  const events = await eventsOf(userId)
  assert.equal(events.length, 3)
  // What happened within one millisecond is in no order.
  const view = events.find(({ playbackId: of }) => of === '')
  const first = events.find(({ newPlayback }) => newPlayback === 1)
  const second = events.find(({ playbackId: of, newPlayback }) => of !== '' && newPlayback === 0)
  assert.deepEqual([view?.traffic, view?.lectureId, view?.watchedMs], ['own', '', 0])
  const { id, at, playbackId, ...said } = first!
  assert.deepEqual(said, {
    ...{ traffic: 'students', courseId, lectureId, userId, watchedMs: 5000, replayedMs: 0, newPlayback: 1 },
    ...{ fresh: [0, 1, 2], again: [], furthestBefore: -1, furthest: 2 },
  })
  assert.deepEqual(
    [second?.playbackId, second?.newPlayback, second!.watchedMs + second!.replayedMs],
    [playbackId, 0, 5000],
  )
  assert.ok(second!.replayedMs >= 4700 - passed, `${second!.replayedMs} ms replayed, ${passed} ms passed`)
  assert.notEqual(id, second?.id)
  assert.ok(Math.abs(at - Date.now()) < 60_000)
})

test(
  'who dies before Redis lets go, or before Kafka knows, has each event counted once',
  { skip },
  async () => {
    const { service, eventLog, openKafka } = parts()
    const [userId, courseId] = [newId(), newId()]
    const log = openKafka()
    await watch(userId, courseId)
    const dying = createDrain({
      redis: service.redis,
      pseudonyms: service.pseudonyms,
      log: {
        append: async (events) => {
          await log.append(events)
          throw new Error('died')
        },
      },
    })
    await assert.rejects(dying.drainOnce(), { message: 'died' })
    assert.equal(await waiting(), 1)
    const other = createDrain({ redis: service.redis, log, pseudonyms: service.pseudonyms })
    await Promise.all([eventLog.drainOnce(), other.drainOnce()])
    assert.equal(await waiting(), 0)
    const dyingFeed = createFeed({
      table: eventLog.table,
      log: {
        take: async () => {
          const { events } = await log.take()
          return { events, done: () => Promise.reject(new Error('died')) }
        },
      },
    })
    await assert.rejects(dyingFeed.feedOnce(), { message: 'died' })
    const brought = await eventLog.feedOnce()
    assert.ok(brought >= 2, `${brought} events came, one of them more than once`)
    assert.equal((await eventsOf(userId)).length, 1)
    await log.close()
  },
)

const noKill = skip || (opened?.kafka.kill === undefined && 'the broker at KAFKA_BROKER is not ours to kill')
test('Kafka is killed in the middle: nothing is lost, nothing doubled', { skip: noKill }, async () => {
  const { service, eventLog, kafka, sums } = parts()
  const courseId = newId()
  const warned: unknown[] = []
  const log = { warn: (...line: unknown[]) => void warned.push(line) }
  const handOn = () =>
    startEventRounds({
      eventLog: { ...eventLog, close: async () => {} },
      redis: service.redis,
      everyMs: 10,
      log,
    })
  const rounds = [handOn(), handOn()]
  let sent = 0
  const until = async (isEnough: () => boolean) => {
    while (!isEnough()) {
      await Promise.all(Array.from({ length: 10 }, () => watch(newId(), courseId)))
      sent += 10
      // Leaves the machine to the broker, or there is more to flush at the end than a flush may take time for.
      await pause(10)
    }
  }
  try {
    await until(() => sent >= 300)
    await kafka.kill?.()
    await until(() => warned.length > 0)
    const before = sent
    const back = kafka.restart()
    await until(() => sent >= before + 300)
    await back
    await until(() => sent >= before + 600)
  } finally {
    await Promise.all(rounds.map((round) => round.stop()))
  }
  // A broker whose port is open may still refuse for a while.
  while ((await waiting()) > 0) await untilAnswered(eventLog.drainOnce)
  await untilAnswered(eventLog.feedOnce)
  await untilAnswered(service.flusher.flushOnce)
  const { lectureDays } = await sums(courseId)
  const row = await service.mongo
    .collection('courseAnalytics')
    .findOne({ $expr: { $eq: [{ $toString: '$courseId' }, courseId] } })
  const playbacks = lectureDays.reduce((sum, { views }) => sum + views, 0)
  const watched = lectureDays.reduce((sum, { watchTimeMs }) => sum + watchTimeMs, 0)
  assert.deepEqual([playbacks, watched], [sent, row?.['totalWatchTimeMs']])
})

const kept =
  skip || (opened?.clickHouse.kill === undefined && 'the server at CLICKHOUSE_URL is not ours to kill')
test('while ClickHouse is away events wait in Kafka', { skip: kept }, async () => {
  const { eventLog, clickHouse } = parts()
  const userId = newId()
  await watch(userId, newId())
  await eventLog.drainOnce()
  await clickHouse.kill?.()
  await assert.rejects(eventLog.feedOnce(), { code: 'UNAVAILABLE' })
  await clickHouse.restart()
  assert.equal(await eventLog.feedOnce(), 1)
  assert.equal((await eventsOf(userId)).length, 1)
})

test('who is erased is in no event, and before that is given all of theirs', { skip }, async () => {
  const { service, eventLog, mint } = parts()
  const [userId, courseId] = [newId(), newId()]
  await watch(userId, courseId)
  await eventLog.drainOnce()
  await eventLog.feedOnce()
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const { method, url } = analyticsApi.exportWatching
  const own = (await rawCall(service.app, { method, url, token })).json()
  assert.deepEqual(own.events, await eventsOf(userId))
  assert.equal(own.events.length, 1)
  const pseudonym = (await service.pseudonyms.known(userId)) ?? ''
  await service.hear(userErased, { userId, at: new Date().toISOString() })
  assert.deepEqual(await eventsOf(userId), [])
  assert.deepEqual(await service.pseudonyms.owners([pseudonym]), new Map())
  const { lectureDays } = await parts().sums(courseId)
  assert.deepEqual(
    lectureDays.map(({ views, watchTimeMs }) => [views, watchTimeMs]),
    [[1, 5000]],
  )
})

const processTest = 'a process hands on what it counts, and does not mind that Kafka is away'
test(processTest, { skip: noKill }, async (t) => {
  const { kafka, settings } = parts()
  const own = {
    ...settings,
    KAFKA_TOPIC: `${settings.KAFKA_TOPIC}-process`,
    CLICKHOUSE_DATABASE: `${settings.CLICKHOUSE_DATABASE}_process`,
    EVENT_LOG_INTERVAL_MS: '20',
  }
  const main = new URL('../main.ts', import.meta.url)
  const process = await startLoneService('analytics-service', main, own)
  t.after(process.close)
  const [courseId, creatorId] = [newId(), newId()]
  await process.tell(coursePublished, { courseId, creatorId, title: 'Algebra', version: 1, lectures: [] })
  const clientOf = async (id: string, role: 'student' | 'instructor') => {
    const token = await process.tokenFor({ id, role })
    return createClient(analyticsApi, { origin: process.address, token: () => token })
  }
  const userId = newId()
  const [client, creator] = [await clientOf(userId, 'student'), await clientOf(creatorId, 'instructor')]
  // It hears of the course in its own time.
  await untilAnswered(() => creator.getDashboard({ params: { courseId } }))
  await client.trackView({ params: { courseId } })
  const { CLICKHOUSE_URL: url, CLICKHOUSE_DATABASE: database } = own
  const table = createEventTable({ url, database, user: 'default', password: '', keptDays: 0 })
  const mongo = await process.stores.connectMongo()
  const pseudonymOf = async () =>
    (await mongo.collection<{ _id: string; pseudonym: string }>('pseudonyms').findOne({ _id: userId }))
      ?.pseudonym
  let events: LogEvent[] = []
  while (events.length === 0) events = await eventsIn(table, (await pseudonymOf()) ?? '')
  assert.deepEqual(
    events.map((event) => event.courseId),
    [courseId],
  )

  await kafka.kill?.()
  await client.trackView({ params: { courseId } })
  assert.equal((await fetch(`${process.address}/health/ready`)).status, 200)
  assert.equal(await process.stop(), 0)
  const redis = await process.stores.connectRedis()
  assert.equal(await redis.xlen(courseKeys(courseId).events), 1)
})
