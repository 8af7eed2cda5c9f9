import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Redis } from 'ioredis'
import { lastDays } from '../dashboard/periods.ts'
import { openFixture } from '../fixture.ts'

/** `SECONDS=300` for the long form. */
const SECONDS = Number(process.env['SECONDS'] ?? 8)
const FLUSHERS = 5
const COURSES = 30
const WRITERS = 6
const LOOK_EVERY_MS = 20
const LAST_ROUNDS = 20

const stores = await testStores()
const { verifyToken } = await createTokenMint()
/** Of a command that was given up it would not be known whether it counted. */
const connectRedis = async () => new Redis(stores.redisUrl, { lazyConnect: true })
const service = await openFixture({ ...stores, connectRedis }, verifyToken)
const shared = await stores.connectRedis()
after(async () => {
  await service.close()
  await stores.close()
})

type Sent = { views: number; playbacks: number; ms: number }
type Course = { courseId: string; lectureId: string; sent: Sent; acknowledged: Sent }
const nothing = (): Sent => ({ views: 0, playbacks: 0, ms: 0 })
const add = (to: Sent, more: Sent) => {
  to.views += more.views
  to.playbacks += more.playbacks
  to.ms += more.ms
}

/** Each student reports once, so that all of it counts. */
async function write({ courseId, lectureId, sent, acknowledged }: Course) {
  const report = { userId: newId(), courseId, traffic: 'students' } as const
  const ms = 1000 + Math.floor(Math.random() * 400) * 100
  const [view, watching] = [
    { ...nothing(), views: 1 },
    { ...nothing(), playbacks: 1, ms },
  ]
  add(sent, view)
  await service.counters.countView(report)
  add(acknowledged, view)
  add(sent, watching)
  const played = { watchTimeDelta: ms / 1000, segments: [[0, ms / 1000]] as [number, number][] }
  await service.counters.countWatching({ ...report, ...played, lectureId, durationSeconds: 60 })
  add(acknowledged, watching)
}

/** As a dashboard reads it, without its limit of time, which a busy machine may well miss. */
async function shown({ courseId, lectureId }: Course): Promise<Sent> {
  const { counts } = await service.readNumbers(courseId, [lectureId], lastDays(2, Date.now()))
  const playbacks = counts.lectures.get(lectureId)?.views ?? 0
  return { views: counts.views, playbacks, ms: counts.watchTimeMs }
}

/** A round that failed, as rows are still held by one that was killed, is followed by another. */
const flushed = () =>
  service.flusher.flushOnce().then(
    () => true,
    () => false,
  )

/** A process that is killed when it has flushed for a while, and followed by another. */
async function startFlusher() {
  const file = new URL('./mortal-flusher.ts', import.meta.url).pathname
  const keyPrefix = `${stores.database}:`
  const args = [file, stores.mongoUrl, stores.database, stores.redisUrl, keyPrefix]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const said = { flushed: 0, failed: 0 }
  const [begun, aRound] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  createInterface({ input: child.stdout }).on('line', (word) => {
    if (word === 'begins') return begun.resolve()
    said[word === 'flushed' ? 'flushed' : 'failed'] += 1
    aRound.resolve()
  })
  await Promise.race([begun.promise, gone.then(() => assert.fail('a flusher ended by itself'))])
  const kill = async () => {
    child.kill('SIGKILL')
    await gone
  }
  return { said, aRound: aRound.promise, kill }
}

test(`${FLUSHERS} flushers killed at any moment for ${SECONDS} s, while students go on: stored and live together are what was sent`, async (t) => {
  const courses = Array.from({ length: COURSES }, (): Course => {
    const [courseId, lectureId] = [newId(), newId()]
    return { courseId, lectureId, sent: nothing(), acknowledged: nothing() }
  })
  const aCourse = () => courses[Math.floor(Math.random() * COURSES)] ?? assert.fail()

  const stopping = Promise.withResolvers<void>()
  let running = true
  let [kills, rounds, failures, looks] = [0, 0, 0, 0]
  const lives = Array.from({ length: FLUSHERS }, async () => {
    while (running) {
      const { said, aRound, kill } = await startFlusher()
      // Some in their first round, however long that takes, the others in a later one.
      if (Math.random() < 0.7) await Promise.race([aRound, stopping.promise])
      await pause(Math.random() * 400)
      await kill()
      kills += 1
      rounds += said.flushed
      failures += said.failed
    }
  })
  const writing = Array.from({ length: WRITERS }, async () => {
    while (running) {
      await write(aCourse())
      await pause(5)
    }
  })
  const looking = (async () => {
    while (running) {
      const course = aCourse()
      const least = { ...course.acknowledged }
      const seen = await shown(course)
      for (const number of ['views', 'playbacks', 'ms'] as const) {
        const [from, to] = [least[number], course.sent[number]]
        assert.ok(
          from <= seen[number] && seen[number] <= to,
          `${number}: ${from} <= ${seen[number]} <= ${to}`,
        )
      }
      looks += 1
      await pause(LOOK_EVERY_MS)
    }
  })()
  const longEnough = async () => {
    await pause(SECONDS * 1000)
    while (kills < FLUSHERS || rounds === 0) await pause(100)
  }
  try {
    await Promise.race([longEnough(), ...writing, ...lives, looking])
  } finally {
    running = false
    stopping.resolve()
    // No flusher outlives a test that failed.
    await Promise.allSettled(lives)
  }
  await Promise.all([...writing, ...lives, looking])

  for (const course of courses) assert.deepEqual(await shown(course), course.sent)
  for (let round = 0; !(await flushed()); round += 1) assert.ok(round < LAST_ROUNDS)
  const keys = await shared.keys(`${stores.database}:an:*`)
  assert.deepEqual(
    keys.filter((key) => /:(live|pending|dirty)\b/.test(key)),
    [],
  )
  for (const course of courses) assert.deepEqual(await shown(course), course.sent)
  const total = nothing()
  for (const { sent } of courses) add(total, sent)
  assert.ok(looks > 0)
  const batches = await service.mongo.collection('appliedBatches').countDocuments()
  t.diagnostic(
    `${total.views} views, ${total.playbacks} playbacks, ${total.ms / 1000} s; ` +
      `${kills} kills, ${rounds} rounds, ${failures} of them failed, ${batches} batches; ${looks} looks`,
  )
})
