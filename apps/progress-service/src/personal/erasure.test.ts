import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { userErased } from '@aetherlearn/contracts/identity'
import { progressApi } from '@aetherlearn/contracts/progress'
import { LearningExport } from '@aetherlearn/contracts/progress/export'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { keysWith, rowsWith } from '@aetherlearn/testing/traces'
import { pino } from 'pino'
import { Value } from 'typebox/value'
import { openFixture } from '../fixture.ts'
import { createFlusher } from '../watch/flusher.ts'
import { liveFully } from './life.fixture.ts'
import { HOLDINGS } from './store.ts'

const stores = await testStores()
const mint = await createTokenMint()
const clock = { aheadMs: 0 }
const now = () => Date.now() + clock.aheadMs
const service = await openFixture(stores, mint.verifyToken, { now })
/** The same service in another process, as far as its memory goes. */
const twin = await openFixture(stores, mint.verifyToken, { now })
after(async () => {
  await Promise.all([service.close(), twin.close()])
  await stores.close()
})
/** What has happened, and of that what has not come there yet: one section of the export. */
const HISTORY = ['history', 'pendingHistory']
const log = pino({ level: 'silent' })

async function aLife() {
  const userId = newId()
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const life = { userId, courseId: newId(), left: newId(), lectures: [newId(), newId()], client }
  await liveFully(service, life)
  const [lectureId = ''] = life.lectures
  return { ...life, token, lectureId, place: { courseId: life.courseId, lectureId } }
}
const erase = (userId: string) => service.hear(userErased, { userId, at: new Date().toISOString() })
const isGone = async (userId: string) => {
  assert.deepEqual(await rowsWith(service.mongo, userId), { erasedUsers: 1 })
  assert.deepEqual(
    (await keysWith(service.redis, userId)).map((key) => key.replace(/\{\d+\}/, '{}')),
    [`gone:{}:${userId}`],
  )
}

test('a life touches every collection that is known to hold something, and no other', async () => {
  const { userId } = await aLife()
  assert.deepEqual(
    Object.keys(await rowsWith(service.mongo, userId)).sort(),
    [...HOLDINGS.map(({ collection }) => collection), ...HISTORY].sort(),
  )
})

test('the export has every row and every key of a student, and nothing of anybody else', async () => {
  const another = await aLife()
  const { userId, token, courseId, left, lectures } = await aLife()
  const response = await rawCall(service.app, { method: 'GET', url: '/api/v1/progress/export', token })
  assert.equal(response.statusCode, 200)
  assert.match(String(response.headers['content-disposition']), /^attachment; filename=".*\.json"$/)
  const exported = Value.Parse(LearningExport, JSON.parse(response.payload))
  const { history = 0, pendingHistory = 0, ...rows } = await rowsWith(service.mongo, userId)
  assert.equal(exported.history.length, history + pendingHistory)
  for (const [collection, count] of Object.entries(rows)) {
    const holding = HOLDINGS.find((one) => one.collection === collection) ?? assert.fail(collection)
    assert.equal(exported[holding.section].length, count, collection)
  }
  const { unsaved, watching } = exported
  const kinds = new Set((await keysWith(service.redis, userId)).map((key) => key.split(':')[0]))
  assert.deepEqual(kinds, new Set(['prog', 'dirty', 'clock']))
  assert.deepEqual(unsaved.map((one) => one['courseId']).sort(), [courseId, left].sort())
  assert.match(JSON.stringify(unsaved), new RegExp(`"${lectures[1]}":\\{"watchTime":9,`))
  assert.equal(watching.length, 1)
  assert.ok(!response.payload.includes(another.userId))
})

test('who never did anything has an export with nothing in it', async () => {
  const token = await mint.tokenFor({ role: 'student' })
  const response = await rawCall(service.app, { method: 'GET', url: '/api/v1/progress/export', token })
  const { schemaVersion, userId, exportedAt, ...sections } = Value.Parse(
    LearningExport,
    JSON.parse(response.payload),
  )
  assert.ok(schemaVersion === 1 && userId && exportedAt)
  assert.deepEqual(Object.values(sections).flat(), [])
})

test('a person reads one export at a time, and the next when it is over', async () => {
  const token = await mint.tokenFor({ role: 'student' })
  const read = () => rawCall(service.app, { method: 'GET', url: '/api/v1/progress/export', token })
  const answers = await Promise.all([read(), read()])
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 429])
  assert.equal((await read()).statusCode, 200)
})

test('of somebody who is erased no collection and no key holds more than that they are gone', async () => {
  const [{ userId }, another] = [await aLife(), await aLife()]
  const others = await rowsWith(service.mongo, another.userId)
  await erase(userId)
  await isGone(userId)
  await service.flusher.flushOnce()
  await erase(userId)
  await isGone(userId)
  assert.deepEqual(await rowsWith(service.mongo, another.userId), others)
  await service.flusher.flushOnce()
})

test('it is told of every row and key how many there were, without saying of whom', async () => {
  const [{ userId }, caseId] = [await aLife(), newId()]
  const { history = 0, pendingHistory = 0, ...rows } = await rowsWith(service.mongo, userId)
  await service.hear(userErased, { userId, at: new Date().toISOString(), caseId })
  const [said, ...more] = await outboxModel(service.mongo).find({ 'payload.caseId': caseId }).lean()
  const { removed, remaining } = said?.payload ?? assert.fail('nothing was said')
  assert.deepEqual([remaining, more], [0, []])
  const expected = { ...rows, history: history + pendingHistory, positions: 2, unsaved: 1, clocks: 1 }
  assert.deepEqual(removed, expected)
  await isGone(userId)
})

test('access tokens that outlive the account change nothing, at any instance', async () => {
  const { userId, token, place, client } = await aLife()
  const elsewhere = clientOf(twin.app, progressApi, token)
  await elsewhere.save({ body: { ...place, watchTime: 1 } })
  await erase(userId)
  const calls = (one: typeof client) => [
    () => one.save({ body: { ...place, watchTime: 3 } }),
    () => one.save({ body: { ...place, watchTime: 3, ranges: [[0, 1]] } }),
    () => one.complete({ body: place }),
    () => one.markActivity(),
    () => one.putSettings({ body: { timeZone: 'Asia/Tokyo' } }),
    () => one.addNote({ body: { ...place, second: 1, text: 'Still here' } }),
    () =>
      one.batch({
        body: { events: [{ id: 'report-two', ...place, watchTime: 1, clientTime: now() - 1000 }] },
      }),
  ]
  for (const call of calls(elsewhere)) assert.equal((await refusal(call())).code, 'UNAUTHENTICATED')
  for (const call of calls(client))
    assert.ok(['UNAUTHENTICATED', 'NOT_ENROLLED'].includes((await refusal(call())).code))
  await elsewhere.getProgress({ params: { courseId: place.courseId } })
  await twin.flusher.flushOnce()
  await isGone(userId)
})

test('events of the enrolment that come late bring nobody back', async () => {
  const { userId, courseId } = await aLife()
  await erase(userId)
  await service.enrol(userId, courseId, 7)
  await service.leave(userId, courseId, 8)
  await isGone(userId)
})

test('a flush that has read the positions already does not bring them back', async () => {
  const { userId } = await aLife()
  const { buffer, progress, erasure } = service
  const store = {
    savePositions: async (...saved: Parameters<typeof progress.savePositions>) => {
      await erase(userId)
      await progress.savePositions(...saved)
      assert.notDeepEqual(await rowsWith(service.mongo, userId), { erasedUsers: 1 })
    },
  }
  await createFlusher({ buffer, store, log, now, sweepErased: erasure.sweepAmong }).flushOnce()
  await isGone(userId)
})

test('a flush that hung, wrote when all was gone and died: a minute later nothing is left of it', async () => {
  const { userId, courseId } = await aLife()
  const snapshot = await service.buffer.read({ userId, courseId })
  await erase(userId)
  await service.progress.savePositions(snapshot === undefined ? [] : [snapshot], now())
  assert.deepEqual(await rowsWith(service.mongo, userId), { erasedUsers: 1, progress: 1 })
  clock.aheadMs += 60_000
  await service.erasure.sweepDue()
  await isGone(userId)
})

test('a Redis that forgot who is gone is told at the next flush', async () => {
  const { userId, token, place } = await aLife()
  const elsewhere = clientOf(twin.app, progressApi, token)
  await elsewhere.save({ body: { ...place, watchTime: 1 } })
  await erase(userId)
  for (const key of await keysWith(service.redis, userId)) await service.redis.del(key)
  await elsewhere.save({ body: { ...place, watchTime: 3 } })
  assert.notDeepEqual(await keysWith(service.redis, userId), [])
  const { buffer, erasure } = twin
  const store = {
    savePositions: async (snapshots: { userId: string }[]) =>
      assert.ok(snapshots.every((snapshot) => snapshot.userId !== userId)),
  }
  await createFlusher({ buffer, store, log, now, sweepErased: erasure.sweepAmong }).flushOnce()
  await isGone(userId)
})

test('a process that dies behind its commit, or in the middle of the work, leaves the rest to another', async () => {
  const { userId, courseId } = await aLife()
  const at = new Date().toISOString()
  await transaction(service.mongo, (session) => service.erasure.event.handle({ userId, at }, session, ''))
  // As far as it came: Redis, and the first collections.
  await service.buffer.erase(userId, [courseId])
  await service.mongo.collection('enrolments').deleteMany({})
  await twin.erasure.sweepDue()
  await isGone(userId)
})
