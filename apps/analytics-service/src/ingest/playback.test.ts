import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import type { Heat, SecondCounts } from '../batch.ts'
import { openFixture } from '../fixture.ts'
import { analyticsRows } from '../flush/rows-store.ts'
import { courseKeys, watchedKey } from '../keys.ts'

const stores = await testStores()
const { verifyToken } = await createTokenMint()
const service = await openFixture(stores, verifyToken)
const { redis, counters, batches } = service
const rows = analyticsRows(service.mongo)
after(async () => {
  await service.close()
  await stores.close()
})

type Range = [from: number, to: number]
function aPlayer(course: { courseId: string; lectureId: string }, sessionId = 'session-one') {
  const userId = newId()
  /** As much time has passed as it takes to play this at normal speed. */
  const play = async (...segments: Range[]) => {
    await redis.del(watchedKey(userId))
    const watchTimeDelta = segments.reduce((sum, [from, to]) => sum + to - from, 0)
    const report = { ...course, userId, traffic: 'students' as const, sessionId, durationSeconds: 600 }
    await counters.countWatching({ ...report, watchTimeDelta, segments })
  }
  return { userId, play }
}
const aCourse = () => ({ courseId: newId(), lectureId: newId() })

/** What the batch has of a lecture, `watched/again/furthest` by second. */
async function liveHeat({ courseId, lectureId }: { courseId: string; lectureId: string }) {
  const claim = await batches.claim(courseId)
  return seconds(claim?.batch.heat ?? new Map(), lectureId)
}
const seconds = (heat: Heat, lectureId: string) =>
  Object.fromEntries([...(heat.get(lectureId) ?? [])].map(([second, counts]) => [second, short(counts)]))
const short = ({ watched, again, furthest }: SecondCounts) => `${watched}/${again}/${furthest}`

test('each second is watched once in a playback, and again each time after that', async () => {
  const course = aCourse()
  const { play } = aPlayer(course)
  await play([0, 3])
  await play([1, 4])
  await play([1, 2])
  assert.deepEqual(await liveHeat(course), { 0: '1/0/0', 1: '1/2/0', 2: '1/1/0', 3: '1/0/1' })
})

test('a playback has one furthest second, which moves on and never back', async () => {
  const course = aCourse()
  const { play } = aPlayer(course)
  await play([0, 2])
  await service.flusher.flushOnce()
  await play([5, 6])
  await play([2, 3])
  await service.flusher.flushOnce()
  const [row] = await rows.heat.find({ courseId: new Types.ObjectId(course.courseId) }).toArray()
  assert.deepEqual(row?.seconds, { 0: { w: 1 }, 1: { w: 1, e: 0 }, 2: { w: 1 }, 5: { w: 1, e: 1 } })
})

test('two playbacks of one student, and those of two students, are told apart', async () => {
  const course = aCourse()
  const [ana, ben] = [aPlayer(course), aPlayer(course)]
  await ana.play([0, 1])
  await ben.play([0, 2])
  assert.deepEqual(await liveHeat(course), { 0: '2/0/1', 1: '1/0/1' })
})

test('a playback is stored as it was at its last report, in whatever order its states come', async () => {
  const course = aCourse()
  const { userId, play } = aPlayer(course)
  await play([0, 4])
  const early = await batches.claim(course.courseId)
  await play([10, 12], [2, 5])
  await service.flusher.flushOnce()
  await service.playbacks.keep(course.courseId, early?.batch.playbacks ?? [])
  const [row, ...others] = await rows.playbacks.find({ userId: new Types.ObjectId(userId) }).toArray()
  assert.equal(others.length, 0)
  assert.deepEqual(
    [row?.courseId.toHexString(), row?.lectureId.toHexString(), row?.watchTimeMs, row?.ranges],
    [
      course.courseId,
      course.lectureId,
      9000,
      [
        [0, 5],
        [10, 12],
      ],
    ],
  )
  assert.ok(row !== undefined && row.startedAt < row.at)
  const keptDays = (row.expiresAt.getTime() - row.at.getTime()) / 86_400_000
  assert.equal(keptDays, 400)
})

test('what is known of a playback goes when it is over, its seconds with it', async () => {
  const course = aCourse()
  await aPlayer(course).play([0, 4])
  const prefix = `${stores.database}:`
  const found = await redis.keys(`${prefix}an:*:playback:${course.lectureId}:*`)
  assert.equal(found.length, 2)
  for (const key of found) {
    const left = await redis.ttl(key.slice(prefix.length))
    assert.ok(left > 86_000 && left <= 86_400, `${left} s`)
  }
})

test('without segments there is no heat, and time that did not pass makes none', async () => {
  const course = aCourse()
  const { userId, play } = aPlayer(course)
  const report = { ...course, userId, traffic: 'students' as const, watchTimeDelta: 60 }
  await counters.countWatching(report)
  assert.equal(await redis.exists(courseKeys(course.courseId).liveBatch.heat), 0)
  await play([0, 1])
  for (let i = 0; i < 20; i += 1) await counters.countWatching({ ...report, segments: [[100 + i, 160 + i]] })
  const watched = Object.keys(await liveHeat(course)).length
  assert.ok(watched < 60, `${watched} seconds`)
})
