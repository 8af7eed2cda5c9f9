import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import type { Redis } from 'ioredis'
import { createPositionBuffer, type PositionBuffer } from './buffer.ts'
import { createFlusher } from './flusher.ts'
import { cleanScript, saveScript } from './scripts.ts'
import { createProgressStore, progressModel, type ProgressStore } from './store.ts'

/**
 * Each of the ways in which a write-behind is usually wrong, beside ours, in the situation that shows it. A third, the
 * write without a stamp as guard, stands in `flusher.test.ts`; a fourth, the counter, in `wiped.test.ts`.
 */
const stores = await testStores()
const mongo = await stores.connectMongo()
const store = createProgressStore(progressModel(mongo))
await stores.prepare(mongo)
const shared = await stores.connectRedis()
const opened: Redis[] = []
after(async () => {
  for (const redis of opened) redis.disconnect()
  await stores.close()
})

async function bufferWith(scripts: { save: string; clean: string }) {
  const redis = shared.duplicate({ keyPrefix: `${stores.database}:${newId()}:` })
  opened.push(redis)
  await redis.connect()
  return { redis, buffer: createPositionBuffer(redis, 4, scripts) }
}
const flusherOf = (buffer: PositionBuffer, savePositions: ProgressStore['savePositions']) =>
  createFlusher({ buffer, store: { savePositions }, log: { warn: () => {} } })
const mutate = (script: string, from: string | RegExp, to: string) => {
  const mutant = script.replace(from, to)
  assert.notEqual(mutant, script)
  return mutant
}
const ours = { save: saveScript, clean: cleanScript }
const DAY_MS = 24 * 3600 * 1000
const aPlace = () => ({ userId: newId(), courseId: newId(), lectureId: newId() })

/** A student's last save falls between the reading and the cleaning of a flush. Answers what is stored in the end. */
async function lastSaveDuringFlush(scripts: typeof ours) {
  const { buffer } = await bufferWith(scripts)
  const place = aPlace()
  await buffer.save({ ...place, watchTime: 1 })
  const saving: ProgressStore['savePositions'] = async (snapshots, now) => {
    await store.savePositions(snapshots, now)
    await buffer.save({ ...place, watchTime: 2 })
  }
  await flusherOf(buffer, saving).flushOnce()
  await flusherOf(buffer, store.savePositions).flushOnce()
  return (await store.read(place.userId, place.courseId)).positions[place.lectureId]?.watchTime
}

test('a last save during a flush is stored', async () => {
  assert.equal(await lastSaveDuringFlush(ours), 2)
})

test('mutant: removing from the dirty set what was written, whatever was saved since, loses it', async () => {
  const clean = mutate(cleanScript, /if \(redis.call\('HGET'.* then/, 'if true then')
  assert.equal(await lastSaveDuringFlush({ ...ours, clean }), 1)
})

/** MongoDB is away for a day, longer than anything in Redis is kept. Answers what is stored when it is back. */
async function longOutage(scripts: typeof ours) {
  const { redis, buffer } = await bufferWith(scripts)
  const place = aPlace()
  await buffer.save({ ...place, watchTime: 1 })
  await assert.rejects(flusherOf(buffer, () => Promise.reject(new Error('away'))).flushOnce(), /away/)
  const [key = ''] = await shared.keys(`${redis.options.keyPrefix}prog:*`)
  const keptMs = await shared.pttl(key)
  if (keptMs >= 0 && keptMs <= DAY_MS) await shared.unlink(key)
  await flusherOf(buffer, store.savePositions).flushOnce()
  return (await store.read(place.userId, place.courseId)).positions[place.lectureId]?.watchTime
}

test('what was saved while MongoDB is away is stored, however long it is away', async () => {
  assert.equal(await longOutage(ours), 1)
})

test('mutant: dirty positions that expire are lost to a long outage', async () => {
  // The 24 h of the source document.
  const save = mutate(
    saveScript,
    "redis.call('PERSIST', KEYS[1])",
    `redis.call('PEXPIRE', KEYS[1], ${DAY_MS})`,
  )
  assert.equal(await longOutage({ ...ours, save }), undefined)
})
