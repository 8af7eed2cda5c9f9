import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createPositionBuffer, type PositionBuffer } from './buffer.ts'
import { createFlusher } from './flusher.ts'
import type { Snapshot } from './rules.ts'
import { createProgressStore, progressModel, type ProgressStore } from './store.ts'

const stores = await testStores()
const mongo = await stores.connectMongo()
const Progress = progressModel(mongo)
const store = createProgressStore(Progress)
await stores.prepare(mongo)
const shared = await stores.connectRedis()
const redis = shared.duplicate({ keyPrefix: `${stores.database}:` })
await redis.connect()
const buffer = createPositionBuffer(redis, 4)
const log = { warn: () => {} }
const flusherOf = (parts: { buffer?: PositionBuffer; store?: Pick<ProgressStore, 'savePositions'> } = {}) =>
  createFlusher({ buffer, store, log, ...parts })
after(async () => {
  redis.disconnect()
  await stores.close()
})

const aPlace = () => ({ userId: newId(), courseId: newId(), lectureId: newId() })
type Place = ReturnType<typeof aPlace>
const storedSecond = async ({ userId, courseId, lectureId }: Place) =>
  (await store.read(userId, courseId)).positions[lectureId]?.watchTime
const keyOf = async ({ userId }: Place) => {
  const [key = ''] = await shared.keys(`${stores.database}:prog:*:${userId}:*`)
  return key
}

/** A gate that the next caller reaches and waits at until it is opened. */
function aGate() {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    reached: reached.promise,
    open: () => opened.resolve(),
    pass: () => {
      reached.resolve()
      return opened.promise
    },
  }
}

test('what is dirty never expires, what is clean expires in a day, and a new save makes it stay again', async () => {
  const place = aPlace()
  await buffer.save({ ...place, watchTime: 1 })
  const key = await keyOf(place)
  assert.equal(await shared.ttl(key), -1)
  await flusherOf().flushOnce()
  const left = await shared.ttl(key)
  assert.ok(left > 86_000 && left <= 86_400, `${left} s`)
  await buffer.save({ ...place, watchTime: 2 })
  assert.equal(await shared.ttl(key), -1)
  await flusherOf().flushOnce()
  assert.equal(await storedSecond(place), 2)
})

test('stamps grow with each save even within one millisecond', async () => {
  const place = aPlace()
  const before = Date.now()
  const saves = Array.from({ length: 200 }, (_, i) => buffer.save({ ...place, watchTime: i }))
  const stamps = await Promise.all(saves)
  assert.ok(stamps.every((stamp, i) => i === 0 || stamp > (stamps[i - 1] ?? 0)))
  const [first = 0] = stamps
  assert.ok(first >= before && first <= Date.now(), `${first} is not the time`)
  assert.equal(await flusherOf().flushOnce(), 1)
})

test('a save during a flush stays dirty and reaches MongoDB with the next one', async () => {
  const place = aPlace()
  await buffer.save({ ...place, watchTime: 1 })
  const gate = aGate()
  const savePositions = async (snapshots: Snapshot[], now: number) => {
    await store.savePositions(snapshots, now)
    await gate.pass()
  }
  const flushing = flusherOf({ store: { savePositions } }).flushOnce()
  await gate.reached
  await buffer.save({ ...place, watchTime: 2 })
  gate.open()
  assert.equal(await flushing, 0)
  assert.equal(await storedSecond(place), 1)
  assert.equal(await flusherOf().flushOnce(), 1)
  assert.equal(await storedSecond(place), 2)
})

/** Two flushers, of which the first is held up between its reading and its writing. Answers what is stored then. */
async function slowFlusher(write: ProgressStore['savePositions']) {
  const place = aPlace()
  await buffer.save({ ...place, watchTime: 1 })
  const gate = aGate()
  const held = flusherOf({
    store: {
      savePositions: async (snapshots, now) => {
        await gate.pass()
        await write(snapshots, now)
      },
    },
  }).flushOnce()
  await gate.reached
  await buffer.save({ ...place, watchTime: 2 })
  await flusherOf().flushOnce()
  gate.open()
  await held
  await flusherOf().flushOnce()
  return storedSecond(place)
}

test('a flusher that was held up does not bring an old position back', async () => {
  assert.equal(await slowFlusher(store.savePositions), 2)
})

test('mutant: without the stamp as guard it does', async () => {
  const unguarded: ProgressStore['savePositions'] = async (snapshots) => {
    for (const { userId, courseId, positions } of snapshots) {
      const entries = Object.entries(positions)
      const set = Object.fromEntries(entries.map(([id, { watchTime }]) => [`watchTimes.${id}`, watchTime]))
      await Progress.updateOne({ userId, courseId }, { $set: set })
    }
  }
  assert.equal(await slowFlusher(unguarded), 1)
})

test('two flushers that make the same first row both succeed', async () => {
  const places = Array.from({ length: 50 }, aPlace)
  await Promise.all(places.map((place) => buffer.save({ ...place, watchTime: 8 })))
  await Promise.all(Array.from({ length: 4 }, () => flusherOf().flushOnce()))
  for (const place of places) assert.equal(await storedSecond(place), 8)
})

const steps = ['oldestDirty', 'readMany', 'savePositions', 'clean'] as const
for (const step of steps) {
  for (const when of ['before', 'after'] as const) {
    test(`a flusher that dies ${when} ${step} loses nothing`, async () => {
      const place = aPlace()
      await buffer.save({ ...place, watchTime: 1 })
      const dying =
        <A extends unknown[], R>(name: string, work: (...args: A) => Promise<R>) =>
        async (...args: A): Promise<R> => {
          if (name === step && when === 'before') throw new Error('died')
          const result = await work(...args)
          if (name === step) throw new Error('died')
          return result
        }
      const flusher = flusherOf({
        buffer: {
          ...buffer,
          oldestDirty: dying('oldestDirty', buffer.oldestDirty),
          readMany: dying('readMany', buffer.readMany),
          clean: dying('clean', buffer.clean),
        },
        store: { savePositions: dying('savePositions', store.savePositions) },
      })
      await assert.rejects(flusher.flushOnce(), /died/)
      await buffer.save({ ...place, watchTime: 2 })
      await flusherOf().flushOnce()
      assert.equal(await storedSecond(place), 2)
    })
  }
}

test('a stamp from a clock that ran ahead does not block later positions', async () => {
  const { userId, courseId, lectureId } = aPlace()
  const now = Date.now()
  const save = (watchTime: number, at: number) =>
    store.savePositions(
      [{ userId, courseId, last: lectureId, at, positions: { [lectureId]: { watchTime, at } }, watched: {} }],
      now,
    )
  const second = async () => (await store.read(userId, courseId)).positions[lectureId]?.watchTime
  await save(1, now + 3_600_000)
  await save(2, now)
  assert.equal(await second(), 2)
  await save(3, now - 1)
  assert.equal(await second(), 2)
})

test('more students than one batch holds are flushed in one go', async () => {
  const courseId = newId()
  const lectureId = newId()
  const saves = Array.from({ length: 2500 }, () =>
    buffer.save({ userId: newId(), courseId, lectureId, watchTime: 4 }),
  )
  await Promise.all(saves)
  assert.equal(await flusherOf().flushOnce(), 2500)
  assert.equal(await Progress.countDocuments({ courseId }), 2500)
})
