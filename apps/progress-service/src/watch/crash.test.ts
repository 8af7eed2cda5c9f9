import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createPositionBuffer } from './buffer.ts'
import { createFlusher } from './flusher.ts'
import { createProgressStore, progressModel } from './store.ts'

const BUCKETS = 2
const stores = await testStores()
const mongo = await stores.connectMongo()
const store = createProgressStore(progressModel(mongo))
await stores.prepare(mongo)
const shared = await stores.connectRedis()
after(() => stores.close())

/** A place of its own in Redis, with processes that flush it. */
async function aRedis() {
  const keyPrefix = `${stores.database}:${newId()}:`
  const redis = shared.duplicate({ keyPrefix, enableAutoPipelining: true })
  await redis.connect()
  const buffer = createPositionBuffer(redis, BUCKETS)
  const { flushOnce } = createFlusher({ buffer, store, log: { warn: () => {} } })

  async function startFlusher(step = '', when = '') {
    const file = new URL('./mortal-flusher.ts', import.meta.url).pathname
    const args = [
      file,
      stores.mongoUrl,
      stores.database,
      stores.redisUrl,
      keyPrefix,
      `${BUCKETS}`,
      step,
      when,
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const gone = once(child, 'exit')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const until = async (word: string) => {
      for (let line = await lines.next(); line.value !== word; line = await lines.next())
        assert.ok(!line.done, `the flusher ended before it said ${word}`)
    }
    await until('begins')
    const kill = async () => {
      child.kill('SIGKILL')
      await gone
    }
    return { until, kill }
  }
  return { buffer, flushOnce, startFlusher, close: () => redis.disconnect() }
}

const aPlace = () => ({ userId: newId(), courseId: newId(), lectureId: newId() })
type Place = ReturnType<typeof aPlace>
const stored = async ({ userId, courseId, lectureId }: Place) =>
  (await store.read(userId, courseId)).positions[lectureId] ?? { watchTime: 0, at: 0 }

const steps = [
  ['oldestDirty', 'before'],
  ['readMany', 'before'],
  ['readMany', 'after'],
  ['savePositions', 'before'],
  ['savePositions', 'after'],
  ['clean', 'after'],
] as const
for (const [step, when] of steps) {
  test(`of two flushers killed ${when} ${step} neither loses a save nor brings an older one back`, async () => {
    const { buffer, flushOnce, startFlusher, close } = await aRedis()
    const places = Array.from({ length: 40 }, aPlace)
    const stamps = new Map<Place, number>()
    const neverBack = async () => {
      for (const place of places) {
        const { at } = await stored(place)
        assert.ok(at >= (stamps.get(place) ?? 0))
        stamps.set(place, at)
      }
    }
    const saveAll = (some: Place[], watchTime: number) =>
      Promise.all(some.map((place) => buffer.save({ ...place, watchTime })))
    await saveAll(places, 1)
    const flushers = await Promise.all([startFlusher(step, when), startFlusher(step, when)])
    let standing = 0
    const reached = flushers.map(({ until }) => until('reached').then(() => (standing += 1)))
    // The first may have left nothing to flush for the other.
    while (standing < flushers.length) await saveAll(places, 1).then(() => pause(20))
    await Promise.all(reached)
    await neverBack()
    const [stayed, left] = [places.slice(0, 20), places.slice(20)]
    await saveAll(stayed, 2)
    await flushers[0].kill()
    // One that is well flushes while the other still stands where it stood.
    await flushOnce()
    await neverBack()
    await saveAll(stayed, 3)
    await flushers[1].kill()
    await neverBack()
    await flushOnce()
    await neverBack()
    for (const place of stayed) assert.equal((await stored(place)).watchTime, 3)
    for (const place of left) assert.equal((await stored(place)).watchTime, 1)
    close()
  })
}

test('flushers that are killed at any moment, again and again, lose nothing', async (t) => {
  const { buffer, flushOnce, startFlusher, close } = await aRedis()
  const places = Array.from({ length: 100 }, aPlace)
  const acknowledged = new Map<Place, number>()
  let running = true
  let saves = 0
  const writing = Array.from({ length: 10 }, async (_, writer) => {
    for (let watchTime = 1; running; watchTime += 1) {
      for (const place of places.slice(writer * 10, writer * 10 + 10)) {
        await buffer.save({ ...place, watchTime })
        acknowledged.set(place, watchTime)
        saves += 1
      }
      await pause(5)
    }
  })
  for (let death = 0; death < 2; death += 1) {
    const flushers = await Promise.all([startFlusher(), startFlusher()])
    // The one in the middle of its next round, the other wherever it is.
    await Promise.all(flushers.map(({ until }) => until('flushed')))
    await Promise.all(flushers.map(({ kill }) => kill()))
  }
  running = false
  await Promise.all(writing)
  await flushOnce()
  t.diagnostic(`${saves} saves`)
  for (const place of places) assert.equal((await stored(place)).watchTime, acknowledged.get(place))
  close()
})
