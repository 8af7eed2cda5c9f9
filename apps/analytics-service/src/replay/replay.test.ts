import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { loadConfig } from '@aetherlearn/service-kit/config'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { testClickHouse } from '@aetherlearn/testing/clickhouse'
import { newId } from '@aetherlearn/testing/ids'
import { testKafka, withoutKafka } from '@aetherlearn/testing/kafka'
import { openDatabase, testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Config } from '../config.ts'
import { openFixture } from '../fixture.ts'
import { chanceFrom, simulate, type Moment } from '../proof/simulated-class.ts'
import { startTimeMachine } from '../proof/time-machine.ts'
import type { LogEvent } from '../eventlog/event.ts'
import { openEventLog } from '../eventlog/open.ts'

const missing = await withoutKafka()
const skip = missing ?? false
const DAY = 24 * 3_600_000
const START = new Date(Date.now() + DAY).setUTCHours(20, 0, 0, 0)

/** Everything that is compared, without what every row has of its own. */
const IGNORED = new Set(['_id', 'storedAt', 'version', 'expiresAt', 'sketch'])
const HIDDEN_ID = new Set(['courseAnalytics', 'courseDays', 'lectureDays', 'lectureHeat', 'studentActivity'])
const COLLECTIONS = [...HIDDEN_ID, 'sketches', 'playbacks']

/** A count that is absent is 0. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value) || value === null || typeof value !== 'object') return value
  if ('toHexString' in value || value instanceof Date) return String(value)
  const entries = Object.entries(value).filter(([name, part]) => !IGNORED.has(name) && part !== 0)
  return Object.fromEntries(
    entries
      .map(([name, part]): [string, unknown] => [name, withoutZeros(part)])
      .filter(([, part]) => JSON.stringify(part) !== '{}')
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

async function open() {
  const [stores, kafka, clickHouse] = await Promise.all([testStores(), testKafka(), testClickHouse()])
  const settings = {
    EVENT_LOG: 'kafka',
    KAFKA_BROKERS: kafka.broker,
    KAFKA_TOPIC: kafka.topic,
    KAFKA_PARTITIONS: '3',
    CLICKHOUSE_URL: clickHouse.url,
    CLICKHOUSE_DATABASE: clickHouse.database,
  }
  const { connectPatientRedis: connectRedis } = stores
  const machine = await startTimeMachine({ ...stores, connectRedis }, START)
  const { verifyToken } = await createTokenMint()
  const service = await openFixture(machine.stores, verifyToken, {
    now: machine.now,
    openLog: (deps) => openEventLog(loadConfig(Config, settings), deps),
  })
  const replayed = `${stores.database}_replayed`
  const target = await openDatabase(stores.mongoUrl, replayed)
  const close = async () => {
    await service.close()
    await target.dropDatabase()
    await target.close()
    await Promise.all([kafka.close(), clickHouse.close(), stores.close()])
  }
  return { stores, settings, machine, service, target, replayed, close }
}
const opened = missing === undefined ? await open() : undefined
after(() => opened?.close())

/** Rows of all collections as text, in an order that does not depend on their ids. */
async function rowsOf(mongo: MongoConnection) {
  const all: Record<string, string[]> = {}
  for (const name of COLLECTIONS) {
    const rows = await mongo.collection(name).find().toArray()
    all[name] = rows
      .map((row) =>
        JSON.stringify({ ...(HIDDEN_ID.has(name) ? {} : { id: row._id }), row: withoutZeros(row) }),
      )
      .toSorted()
  }
  return all
}

/** Both as registers, as the same students may lie in a sketch in more ways than one. */
async function sketchesOf(mongo: MongoConnection) {
  const redis = opened!.service.redis
  const rows = await mongo.collection('sketches').find().sort({ _id: 1 }).toArray()
  const registers: [string, unknown][] = []
  for (const row of rows) {
    const key = `sketch-${newId()}`
    await redis.set(key, (row['sketch'] as { buffer: Buffer }).buffer)
    registers.push([String(row._id), await redis.call('PFDEBUG', 'GETREG', key)])
    await redis.del(key)
  }
  return registers
}

async function replay(env: NodeJS.ProcessEnv) {
  const program = new URL('./main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...env }, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
}

const chance = chanceFrom(11)
const lectures = [90, 120, 300].map((durationSeconds) => ({ lectureId: chance.id(), durationSeconds }))
const students = Array.from({ length: 120 }, chance.id)
const courses = [chance.id(), chance.id()]
const [teacher, program] = [chance.id(), chance.id()]

/** Some are counted without being known. */
const asks = (userId: string) => students.indexOf(userId) % 9 === 1

async function happen(courseId: string, { views, reports }: Moment) {
  const { counters } = opened!.service
  const traffic = 'students'
  await Promise.all([
    ...views.map((userId) => counters.countView({ userId, courseId, traffic, unnamed: asks(userId) })),
    ...reports.map((report) => {
      const durationSeconds = lectures.find(
        ({ lectureId }) => lectureId === report.lectureId,
      )!.durationSeconds
      const unnamed = asks(report.userId)
      return counters.countWatching({ ...report, courseId, traffic, durationSeconds, unnamed })
    }),
  ])
}
async function happenApart(courseId: string) {
  const { counters } = opened!.service
  const watched = { courseId, lectureId: lectures[0]!.lectureId, watchTimeDelta: 15 }
  for (const [userId, traffic] of [
    [teacher, 'own'],
    [program, 'programs'],
  ] as const) {
    await counters.countView({ userId, courseId, traffic })
    await counters.countWatching({ ...watched, userId, traffic })
  }
  // A second player at once: nothing of it really passed.
  const userId = students[0]!
  for (const sessionId of ['one', 'two', 'three'])
    await counters.countWatching({ ...watched, userId, sessionId, traffic: 'students' })
}

/** As somebody does who dies before Kafka knows what is in the table. */
async function bringAgain() {
  const { table } = opened!.service.eventLog!
  for (const userId of students) {
    const events: LogEvent[] = []
    const pseudonym = (await opened!.service.pseudonyms.known(userId)) ?? ''
    for await (const event of table.ofUser(pseudonym)) events.push(event)
    await table.append(events)
  }
}

test('a replay of all events makes every row as the counting had made it', { skip }, async () => {
  const { stores, settings, machine, service, target, replayed } = opened!
  const { flusher, eventLog } = service
  const sittings = [0, 3 * 3_600_000, DAY + 3_600_000, 3 * DAY].map((passed) => START + passed)
  const moments = simulate({ lectures, students, sittings, reportsEach: 8, chance })
  for (const [number, moment] of moments.entries()) {
    await machine.letPass(moment.at - machine.now())
    await Promise.all(courses.map((courseId) => happen(courseId, moment)))
    if (number % 7 === 3) await flusher.flushOnce()
    if (number % 5 === 2) await eventLog?.drainOnce()
    if (number === 20) await happenApart(courses[0]!)
    if (number === 22) await eventLog?.feedOnce()
    if (number === 24) await bringAgain()
  }
  await flusher.flushOnce()
  await eventLog?.drainOnce()
  await replay({
    ...settings,
    MONGO_URL: stores.mongoUrl,
    MONGO_DATABASE: stores.database,
    REPLAY_DATABASE: replayed,
    REDIS_STATE_URL: stores.redisUrl,
    LOG_LEVEL: 'warn',
  })
  const counted = await rowsOf(service.mongo)
  assert.deepEqual(await rowsOf(target), counted)
  assert.deepEqual(await sketchesOf(target), await sketchesOf(service.mongo))
  for (const name of COLLECTIONS) assert.ok(counted[name]!.length >= courses.length, name)
  assert.match(counted['courseAnalytics']!.join(''), /"botReports":2.*"ownViews":1.*"replayedMs"/)
})
