import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setInterval as ticks, setTimeout as pause } from 'node:timers/promises'
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
/** `OUTAGE_SECONDS=600` makes it the ten minutes at 500 saves a second that we promise. */
const OUTAGE_SECONDS = Number(process.env['OUTAGE_SECONDS'] ?? 2)
const lifetimeSeconds = OUTAGE_SECONDS + 600
const token = await mint.tokenFor({ id: userId, role: 'student', lifetimeSeconds })
const client = clientOf(service.app, progressApi, token)
const save = (watchTime: number) => client.save({ body: { courseId, lectureId, watchTime } })

const SAVES_A_SECOND = 500
const STUDENTS = 100

/** Enrolled, and known to the service by a first save. */
async function aStudent() {
  const student = newId()
  await service.enrol(student, courseId)
  const caller = clientOf(
    service.app,
    progressApi,
    await mint.tokenFor({ id: student, role: 'student', lifetimeSeconds }),
  )
  await caller.save({ body: { courseId, lectureId, watchTime: 0 } })
  return { client: caller, last: 0 }
}

test('while MongoDB is frozen saves go on quickly, nothing expires, and all is stored soon after it is back', async (t) => {
  const students: Awaited<ReturnType<typeof aStudent>>[] = []
  while (students.length < STUDENTS) students.push(await aStudent())
  await save(1)
  await stores.mongo.signal('SIGSTOP')
  const times: number[] = []
  const started = performance.now()
  let saves = 0
  const saveOne = async () => {
    const student = students[saves % STUDENTS]
    if (student === undefined) return
    saves += 1
    const watchTime = saves
    const start = performance.now()
    const ranges: [number, number][] = Math.floor(saves / STUDENTS) % 2 === 0 ? [[0, 1]] : []
    assert.equal(
      (await student.client.save({ body: { courseId, lectureId, watchTime, ranges } })).message,
      'synced',
    )
    times.push(performance.now() - start)
    student.last = Math.max(student.last, watchTime)
  }
  // As many as are due by the clock, so that a slow machine does not make it fewer.
  for await (const _ of ticks(10)) {
    const due = Math.floor(((performance.now() - started) / 1000) * SAVES_A_SECOND)
    await Promise.all(Array.from({ length: Math.min(due - saves, 50) }, saveOne))
    if (saves >= OUTAGE_SECONDS * SAVES_A_SECOND) break
  }
  const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0
  t.diagnostic(`p99 of ${times.length} saves: ${p99.toFixed(1)} ms`)
  const keys = await service.redis.keys(`${stores.database}:prog:*`)
  for (const key of keys) assert.equal(await service.redis.ttl(key.slice(stores.database.length + 1)), -1)
  // What does need MongoDB answers that it is away, within 2 s.
  const read = await rawCall(service.app, { method: 'GET', url: `/api/v1/progress/${courseId}`, token })
  assert.deepEqual([read.statusCode, read.json().code], [503, 'UNAVAILABLE'])
  await stores.mongo.signal('SIGCONT')
  const back = performance.now()
  assert.equal(await service.flusher.flushOnce(), STUDENTS + 1)
  const seconds = (performance.now() - back) / 1000
  t.diagnostic(`stored ${seconds.toFixed(1)} s after MongoDB was back`)
  assert.ok(seconds < 60)
  await service.redis.flushall()
  for (const { client: one, last } of students) {
    const progress = await one.getProgress({ params: { courseId } })
    assert.equal(progress.watchTimes[lectureId], last)
    assert.deepEqual(progress.ranges[lectureId], [[0, 1]])
  }
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

/** The client connects again by itself. */
async function untilRedisIsBack() {
  while (service.redis.status !== 'ready') await pause(10)
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
  await untilRedisIsBack()
  assert.equal((await client.getProgress({ params: { courseId } })).watchTimes[lectureId], 700)
  await save(702)
  assert.equal((await client.getProgress({ params: { courseId } })).watchTimes[lectureId], 702)
})

test('five times Redis is killed under twenty writers, and nothing that was answered is lost', async (t) => {
  // The log is written before an answer, but `everysec` holds it back while a disk is busy: that is the machine’s crash.
  const kept = async () => service.redis.config('SET', 'appendfsync', 'no')
  const writers = Array.from({ length: 20 }, () => ({
    userId: newId(),
    courseId: newId(),
    lectureId: newId(),
  }))
  const acknowledged = new Map<string, number>()
  let running = true
  let [saves, refused] = [0, 0]
  const writing = writers.map(async (place) => {
    for (let watchTime = 1; running; watchTime += 1) {
      try {
        await service.buffer.save({ ...place, watchTime })
        acknowledged.set(place.userId, watchTime)
        saves += 1
      } catch {
        refused += 1
        await untilRedisIsBack()
      }
    }
  })
  for (let death = 1; death <= 5; death += 1) {
    await kept()
    const before = saves
    while (saves < before + 1000) await new Promise(setImmediate)
    await stores.redis.signal('SIGKILL')
    await stores.redis.restart()
    await untilRedisIsBack()
  }
  running = false
  await Promise.all(writing)
  t.diagnostic(`${saves} saves answered, ${refused} refused`)
  for (const place of writers) {
    const live = await service.buffer.read(place)
    const second = live?.positions[place.lectureId]?.watchTime ?? 0
    // What was not answered may have been saved as well.
    assert.ok(second >= (acknowledged.get(place.userId) ?? Infinity))
  }
})
