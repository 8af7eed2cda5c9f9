import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})

async function aStudent(lectureCount = 2) {
  const [userId, courseId] = [newId(), newId()]
  const lectures = Array.from({ length: lectureCount }, newId)
  await service.publish(courseId, lectures)
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const [lectureId = '', second = ''] = lectures
  return { userId, courseId, lectureId, second, lectures, token, client }
}

test('a saved second is read back, from Redis and after the flush from both', async () => {
  const { client, courseId, lectureId, second } = await aStudent()
  assert.deepEqual(await client.save({ body: { courseId, lectureId, watchTime: 12.5 } }), {
    message: 'synced',
  })
  await client.save({ body: { courseId, lectureId: second, watchTime: 3 } })
  await client.save({ body: { courseId, lectureId, watchTime: 7.25 } })
  const expected = {
    watchTimes: { [lectureId]: 7.25, [second]: 3 },
    completionPercentage: 0,
    completedLectures: [],
    lastWatchedLecture: lectureId,
    ranges: {},
    completedAt: null,
  }
  assert.deepEqual(await client.getProgress({ params: { courseId } }), expected)
  await service.flusher.flushOnce()
  assert.deepEqual(await client.getProgress({ params: { courseId } }), expected)
})

test('a course that was never played reads as empty', async () => {
  const { client, courseId } = await aStudent()
  assert.deepEqual(await client.getProgress({ params: { courseId } }), {
    watchTimes: {},
    completionPercentage: 0,
    completedLectures: [],
    lastWatchedLecture: null,
    ranges: {},
    completedAt: null,
  })
})

test('positions live on in MongoDB when Redis is wiped, and new ones win over them', async () => {
  const { client, userId, courseId, lectureId, second } = await aStudent()
  await client.save({ body: { courseId, lectureId, watchTime: 40 } })
  await client.save({ body: { courseId, lectureId: second, watchTime: 9 } })
  await service.flusher.flushOnce()
  const keys = await service.redis.keys(`${stores.database}:prog:*${userId}*`)
  assert.equal(keys.length, 1)
  await service.redis.del(...keys.map((key) => key.slice(stores.database.length + 1)))
  assert.equal((await client.getProgress({ params: { courseId } })).watchTimes[lectureId], 40)
  await client.save({ body: { courseId, lectureId, watchTime: 41 } })
  await service.flusher.flushOnce()
  const { watchTimes } = await client.getProgress({ params: { courseId } })
  assert.deepEqual(watchTimes, { [lectureId]: 41, [second]: 9 })
})

test('a save is told to the same student’s other devices', async () => {
  const { client, userId, courseId, lectureId } = await aStudent()
  const listener = await stores.connectRedis()
  await listener.subscribe(NOTIFICATIONS)
  // Tests share the channel: only what concerns this student.
  const heard = Promise.withResolvers<unknown>()
  listener.on('message', (_channel, text) => {
    if (text.includes(userId)) heard.resolve(JSON.parse(text))
  })
  const body = { courseId, lectureId, watchTime: 5, sessionId: 'device-one' }
  await client.save({ body })
  assert.deepEqual(await heard.promise, { userId, type: 'watch.position', message: '', payload: body })
})

test('who is not enrolled can neither save nor read', async () => {
  const { courseId, lectureId } = await aStudent()
  const stranger = clientOf(service.app, progressApi, await mint.tokenFor({ role: 'student' }))
  const saved = await refusal(stranger.save({ body: { courseId, lectureId, watchTime: 1 } }))
  assert.deepEqual(
    [saved.status, saved.code, saved.errors?.[0]?.field],
    [403, 'NOT_ENROLLED', 'body.courseId'],
  )
  const read = await refusal(stranger.getProgress({ params: { courseId } }))
  assert.deepEqual([read.status, read.code], [403, 'NOT_ENROLLED'])
})

test('who has left the course is no longer enrolled, and is again after coming back', async () => {
  const { client, userId, courseId, lectureId } = await aStudent()
  const save = () => client.save({ body: { courseId, lectureId, watchTime: 1 } })
  await save()
  await service.leave(userId, courseId, 2)
  assert.equal((await refusal(save())).code, 'NOT_ENROLLED')
  await service.enrol(userId, courseId, 1)
  assert.equal((await refusal(save())).code, 'NOT_ENROLLED')
  await service.enrol(userId, courseId, 3)
  await save()
})

test('a lecture of another course and an unknown course are refused by name', async () => {
  const { client, courseId, lectureId } = await aStudent()
  const other = await aStudent()
  const foreign = await refusal(client.save({ body: { courseId, lectureId: other.lectureId, watchTime: 1 } }))
  assert.deepEqual(
    [foreign.status, foreign.code, foreign.errors?.[0]?.field],
    [404, 'LECTURE_NOT_FOUND', 'body.lectureId'],
  )
  const unknown = await refusal(client.save({ body: { courseId: newId(), lectureId, watchTime: 1 } }))
  assert.deepEqual([unknown.status, unknown.code], [404, 'COURSE_NOT_FOUND'])
  assert.deepEqual((await client.getProgress({ params: { courseId } })).watchTimes, {})
})

test('a lecture that was published a moment ago can be watched at once', async () => {
  const { client, courseId, lectures } = await aStudent()
  const lectureId = newId()
  await client.save({ body: { courseId, lectureId: lectures[0] ?? '', watchTime: 1 } })
  await service.publish(courseId, [...lectures, lectureId], 2)
  await client.save({ body: { courseId, lectureId, watchTime: 1 } })
  await service.publish(courseId, lectures, 1)
  await client.save({ body: { courseId, lectureId, watchTime: 2 } })
})

test('input that is not exactly a save is refused with its field named, and nothing is saved', async () => {
  const { client, courseId, lectureId, token } = await aStudent()
  const good = { courseId, lectureId, watchTime: 1 }
  const bad: [Record<string, unknown>, string][] = [
    [{ ...good, watchTime: -1 }, 'body.watchTime'],
    [{ ...good, watchTime: 1e9 }, 'body.watchTime'],
    [{ ...good, watchTime: '5' }, 'body.watchTime'],
    [{ ...good, watchTime: null }, 'body.watchTime'],
    [{ courseId, lectureId }, 'body.watchTime'],
    [{ ...good, lectureId: { $ne: null } }, 'body.lectureId'],
    [{ ...good, courseId: [courseId] }, 'body.courseId'],
    [{ ...good, courseId: courseId.toUpperCase() + '0' }, 'body.courseId'],
    [{ ...good, userId: newId() }, 'body.userId'],
    [{ ...good, v: 1 }, 'body.v'],
    [{ ...good, sessionId: 'short' }, 'body.sessionId'],
  ]
  for (const [body, field] of bad) {
    const response = await rawCall(service.app, { method: 'POST', url: progressApi.save.url, token, body })
    assert.equal(response.statusCode, 400, response.body)
    assert.equal(response.json().errors[0].field, field)
  }
  const nan = '{"courseId":"' + courseId + '","lectureId":"' + lectureId + '","watchTime":NaN}'
  const headers = { 'content-type': 'application/json' }
  const call = { method: 'POST', url: progressApi.save.url, token, headers }
  assert.equal((await rawCall(service.app, { ...call, body: nan })).statusCode, 400)
  const polluted = '{"courseId":"' + courseId + '","__proto__":{"admin":true}}'
  assert.equal((await rawCall(service.app, { ...call, body: polluted })).statusCode, 400)
  assert.deepEqual((await client.getProgress({ params: { courseId } })).watchTimes, {})
  const url = '/api/v1/progress/not-an-id'
  assert.equal((await rawCall(service.app, { method: 'GET', url, token })).statusCode, 400)
})

test('every route asks for a token, but for those that say that they do not', async () => {
  const open: string[] = ['public', 'signed-url']
  for (const { method, url, config } of Object.values(progressApi)) {
    if (open.includes(config.access)) continue
    const response = await rawCall(service.app, { method, url: url.replace(':courseId', newId()) })
    assert.equal(response.statusCode, 401, url)
  }
})
