import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { clientOf, rawCall } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await ownStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})

const [userId, courseId, lectureId] = [newId(), newId(), newId()]
await service.publish(courseId, [lectureId])
await service.enrol(userId, courseId)
const token = await mint.tokenFor({ id: userId, role: 'student' })
const client = clientOf(service.app, progressApi, token)
const save = (watchTime: number) => client.save({ body: { courseId, lectureId, watchTime } })

test('while MongoDB is frozen saves go on quickly, and all is stored when it is back', async (t) => {
  await save(1)
  await stores.mongo.signal('SIGSTOP')
  const times: number[] = []
  for (let second = 2; second <= 500; second += 1) {
    const start = performance.now()
    assert.deepEqual(await save(second), { message: 'synced' })
    times.push(performance.now() - start)
  }
  const slowest = times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0
  t.diagnostic(`p99 of ${times.length} saves: ${slowest.toFixed(1)} ms`)
  // What does need MongoDB answers that it is away, within 2 s.
  const read = await rawCall(service.app, { method: 'GET', url: `/api/v1/progress/${courseId}`, token })
  assert.deepEqual([read.statusCode, read.json().code], [503, 'UNAVAILABLE'])
  await stores.mongo.signal('SIGCONT')
  assert.equal(await service.flusher.flushOnce(), 1)
  assert.equal((await client.getProgress({ params: { courseId } })).watchTimes[lectureId], 500)
})

test('a flush that finds MongoDB gone leaves all as it was, for one that finds it back', async () => {
  await save(600)
  await stores.mongo.signal('SIGKILL')
  await assert.rejects(service.flusher.flushOnce())
  await save(601)
  const [key = ''] = await service.redis.keys(`*:${userId}:${courseId}`)
  assert.equal(await service.redis.ttl(key.slice(stores.database.length + 1)), -1)
  await stores.mongo.restart()
  assert.equal(await service.flusher.flushOnce(), 1)
  await service.redis.flushall()
  assert.equal((await client.getProgress({ params: { courseId } })).watchTimes[lectureId], 601)
})

/** Redis holds its log back for up to 2 s where the disk cannot keep up with it. */
async function untilLogged() {
  const unwritten = /aof_buffer_length:[1-9]/
  while (unwritten.test(await service.redis.info('persistence'))) await service.redis.ping()
}

test('a Redis that was killed and started again has every save that it wrote to its log', async () => {
  await save(700)
  await untilLogged()
  await stores.redis.signal('SIGKILL')
  const refused = await rawCall(service.app, {
    method: 'POST',
    url: progressApi.save.url,
    token,
    body: { courseId, lectureId, watchTime: 701 },
  })
  assert.deepEqual([refused.statusCode, refused.json().code], [503, 'UNAVAILABLE'])
  await stores.redis.restart()
  // The client connects again by itself.
  while (service.redis.status !== 'ready')
    await new Promise((resolve) => service.redis.once('ready', resolve))
  assert.equal((await client.getProgress({ params: { courseId } })).watchTimes[lectureId], 700)
  await save(702)
  assert.equal((await client.getProgress({ params: { courseId } })).watchTimes[lectureId], 702)
})
