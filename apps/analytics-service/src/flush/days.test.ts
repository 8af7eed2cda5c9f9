import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { dayOf } from '../batch.ts'
import { openFixture } from '../fixture.ts'
import { courseKeys } from '../keys.ts'
import { createFlusher } from './flusher.ts'
import { analyticsRows } from './rows-store.ts'

const stores = await testStores()
const { verifyToken } = await createTokenMint()
const service = await openFixture(stores, verifyToken)
const { redis, counters } = service
const rows = analyticsRows(service.mongo)
after(async () => {
  await service.close()
  await stores.close()
})

const HOUR_MS = 3_600_000
const flushAt = (time: number) => createFlusher({ ...service, now: () => time }).flushOnce()
const watch = (courseId: string) =>
  counters.countWatching({
    courseId,
    lectureId: newId(),
    userId: newId(),
    traffic: 'students',
    watchTimeDelta: 5,
  })

test('the students of a day stay in Redis until the day is over, and in MongoDB for good', async () => {
  const courseId = newId()
  await watch(courseId)
  const [row] = await flushAt(Date.now()).then(() => rowsOf(courseId))
  const day = row?.day ?? ''
  const users = courseKeys(courseId).dayUsers(day)
  assert.equal(await redis.ttl(users), -1)
  const midnight = Date.parse(day) + 24 * HOUR_MS
  // Half an hour later a report may still be on its way.
  await service.counters.countView({ courseId, userId: newId(), traffic: 'students' })
  await flushAt(midnight + HOUR_MS / 2)
  assert.equal(await redis.ttl(users), -1)
  await service.counters.countView({ courseId, userId: newId(), traffic: 'students' })
  await flushAt(midnight + 2 * HOUR_MS)
  assert.ok((await redis.ttl(users)) > 0)
  assert.equal((await rowsOf(courseId))[0]?.uniqueStudents, 1)
  assert.equal((await service.sketchStore.ofDays(courseId, day, day)).length, 1)
})

const rowsOf = (courseId: string) => rows.days.find({ courseId: new Types.ObjectId(courseId) }).toArray()

test('counts of several days that wait for one flush each go to their own', async () => {
  const courseId = newId()
  await watch(courseId)
  const { counts } = courseKeys(courseId).liveBatch
  const yesterday = Math.floor(Date.now() / 86_400_000) - 1
  // As if the flush had been held up since then.
  await redis.hincrby(counts, `${yesterday}:v`, 3)
  await service.flusher.flushOnce()
  const stored = (await rowsOf(courseId)).map(({ day, views = 0, playbacks = 0 }) => ({
    day,
    views,
    playbacks,
  }))
  const [before, today] = stored.toSorted((one, other) => one.day.localeCompare(other.day))
  assert.deepEqual(before, { day: dayOf(yesterday * 86_400_000), views: 3, playbacks: 0 })
  assert.deepEqual([today?.views, today?.playbacks], [0, 1])
})
