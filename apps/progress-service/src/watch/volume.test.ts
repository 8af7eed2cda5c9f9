import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { createPositionBuffer } from './buffer.ts'
import { letPass } from './time-machine.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
const shared = await stores.connectRedis()
after(async () => {
  await service.close()
  await stores.close()
})
const pass = (userId: string, seconds: number) => letPass(shared, stores.database, userId, seconds * 1000)

const SAVE_EVERY = 5
const FLUSH_EVERY = 300

/** What MongoDB writes to this database while `work` is done. */
async function writesDuring(work: () => Promise<unknown>): Promise<number> {
  const db = service.mongo.db
  // The default size holds only the last few of such updates.
  await db?.createCollection('system.profile', { capped: true, size: 64_000_000 })
  await db?.command({ profile: 2 })
  await work()
  await db?.command({ profile: 0 })
  const written = { op: { $in: ['insert', 'update', 'remove'] } }
  return (await db?.collection('system.profile').countDocuments(written)) ?? NaN
}

test('at a flush every five minutes MongoDB writes at least 98 % less than is saved', async (t) => {
  const [courseId, lectureId] = [newId(), newId()]
  await service.publish(courseId, [lectureId], 1, { durationSeconds: 3600 })
  const students = Array.from({ length: 50 }, newId)
  let saves = 0
  const watchFor = async (from: number) => {
    for (let second = from; second < from + FLUSH_EVERY; second += SAVE_EVERY) {
      const ranges: Range[] = [[second, second + SAVE_EVERY]]
      const saveAll = students.map((userId) =>
        service.buffer.saveWatched({ userId, courseId, lectureId, watchTime: second, ranges, speed: 1 }),
      )
      await Promise.all(saveAll)
      saves += saveAll.length
    }
    await service.flusher.flushOnce()
  }
  const writes = await writesDuring(async () => {
    await watchFor(0)
    await watchFor(FLUSH_EVERY)
  })
  t.diagnostic(`${writes} writes for ${saves} saves`)
  assert.ok(writes >= 2 * students.length, 'the writes are counted')
  assert.ok(writes <= 0.02 * saves)
})

test('a student who watches for an hour takes less than 1.5 KB of Redis', async (t) => {
  const [userId, courseId] = [newId(), newId()]
  await service.buffer.openClock(userId)
  let clientTime = Date.now()
  // Five lectures of twelve minutes; in each the student goes back once, leaves something out and stops for a while.
  for (let lecture = 0; lecture < 5; lecture += 1) {
    const place = { userId, courseId, lectureId: newId(), sessionId: newId() }
    let second = 0.37
    for (let save = 0; save < 144; save += 1) {
      await pass(userId, SAVE_EVERY)
      clientTime += SAVE_EVERY * 1000
      if (save === 40) await pass(userId, 90)
      if (save === 70) second -= 62.51
      if (save === 100) second += 41.04
      const to = second + SAVE_EVERY + 0.013
      const ranges: Range[] = [[second, to]]
      await service.buffer.saveWatched({ ...place, watchTime: to, at: clientTime, ranges, speed: 1 })
      second = to
    }
  }
  const size = async (kind: string) => {
    const [key = ''] = await shared.keys(`${stores.database}:${kind}:*${userId}*`)
    return Number(await shared.memory('USAGE', key, 'SAMPLES', 0))
  }
  const [positions, clock] = [await size('prog'), await size('clock')]
  const dirty = await dirtyMemberSize()
  t.diagnostic(`${positions} bytes of positions, ${clock} of the clock, ${dirty} in the dirty set`)
  assert.ok(positions + clock + dirty < 1500)
  // Weeks later, after many more pauses than are kept apart, the clock has grown to what it grows to at most.
  for (let day = 0; day < 100; day += 1) {
    await pass(userId, 7200)
    const ranges: Range[] = [[3600 + day * 10, 3605 + day * 10]]
    const place = { userId, courseId: newId(), lectureId: newId() }
    await service.buffer.saveWatched({ ...place, watchTime: 1, ranges, speed: 1 })
  }
  assert.ok((await size('clock')) < 1100, `${await size('clock')} bytes`)
})

/** What one of many members of a dirty set takes. */
async function dirtyMemberSize() {
  const redis = shared.duplicate({ keyPrefix: `${stores.database}:${newId()}:`, enableAutoPipelining: true })
  await redis.connect()
  const buffer = createPositionBuffer(redis, 1)
  const place = () => ({ userId: newId(), courseId: newId(), lectureId: newId(), watchTime: 1 })
  await Promise.all(Array.from({ length: 1000 }, () => buffer.save(place())))
  const size = Number(await redis.memory('USAGE', 'dirty:{0}', 'SAMPLES', 0))
  redis.disconnect()
  return Math.ceil(size / 1000)
}

test('the oldest of what MongoDB does not have yet is known, for an alarm', async () => {
  const redis = shared.duplicate({ keyPrefix: `${stores.database}:${newId()}:`, enableAutoPipelining: true })
  await redis.connect()
  const buffer = createPositionBuffer(redis, 16)
  const place = () => ({ userId: newId(), courseId: newId(), lectureId: newId(), watchTime: 1 })
  assert.equal(await buffer.dirtySince(), undefined)
  const first = place()
  const since = await buffer.save(first)
  for (let other = 0; other < 20; other += 1) await buffer.save(place())
  // Going on with it does not make it younger.
  await buffer.save({ ...first, watchTime: 2 })
  assert.equal((await buffer.dirtySince())?.getTime(), since)
  redis.disconnect()
})
