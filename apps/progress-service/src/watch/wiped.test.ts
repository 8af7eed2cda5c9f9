import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { createPositionBuffer } from './buffer.ts'
import { createFlusher } from './flusher.ts'
import { merge } from './rules.ts'
import { cleanScript, saveScript } from './scripts.ts'
import { createProgressStore, progressModel } from './store.ts'

const PLAYERS = 200

const stores = await ownStores()
const mongo = await stores.connectMongo()
const store = createProgressStore(progressModel(mongo))
await stores.prepare(mongo)
const redis = (await stores.connectRedis()).duplicate({ enableAutoPipelining: true })
await redis.connect()
after(async () => {
  redis.disconnect()
  await stores.close()
})

/**
 * Two hundred students watch, and Redis is wiped in the middle of it. Answers for how many the position is right one save later, and
 * for how many what was saved after the wipe reaches MongoDB.
 */
async function wipe(scripts = { save: saveScript, clean: cleanScript }) {
  const buffer = createPositionBuffer(redis, 16, scripts)
  const { flushOnce } = createFlusher({ buffer, store, log: { warn: () => {} } })
  const players = Array.from({ length: PLAYERS }, () => ({
    userId: newId(),
    courseId: newId(),
    lectureId: newId(),
  }))
  const saveAll = (watchTime: number) =>
    Promise.all(players.map((place) => buffer.save({ ...place, watchTime })))
  const howMany = async (secondOf: (place: (typeof players)[number]) => Promise<number | undefined>) => {
    let count = 0
    // One by one: two hundred at once wait for a connection, on a busy machine for longer than they may.
    for (const place of players) if ((await secondOf(place)) === 25) count += 1
    return count
  }
  for (const second of [5, 10, 15]) await saveAll(second)
  await flushOnce()
  await saveAll(20)
  await redis.flushall()
  await saveAll(25)
  const read = await howMany(async (place) => {
    const live = await buffer.read(place)
    const stored = await store.read(place.userId, place.courseId)
    return merge(stored, live, Date.now()).positions[place.lectureId]?.watchTime
  })
  await flushOnce()
  const kept = await howMany(
    async ({ userId, courseId, lectureId }) =>
      (await store.read(userId, courseId)).positions[lectureId]?.watchTime,
  )
  return { read, stored: kept }
}

test('a Redis that was wiped has every position right one save later, and what is saved then is stored', async () => {
  assert.deepEqual(await wipe(), { read: PLAYERS, stored: PLAYERS })
})

test('mutant: with a counter for a stamp the wipe swallows what is saved after it', async () => {
  const save = saveScript.replace(/local v = time.*$/m, 'local v = 1')
  assert.notEqual(save, saveScript)
  assert.deepEqual(await wipe({ save, clean: cleanScript }), { read: 0, stored: 0 })
})
