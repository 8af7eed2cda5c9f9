import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi, type SaveReport } from '@aetherlearn/contracts/progress'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { clientOf, rawCall } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { lengthOf } from './ranges.ts'
import { letPass } from './time-machine.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
const shared = await stores.connectRedis()
after(async () => {
  await service.close()
  await stores.close()
})

/** A student who has opened two courses of one lecture of 600 s each. */
async function aStudent() {
  const [userId, courseId, another, lectureId, elsewhere] = [newId(), newId(), newId(), newId(), newId()]
  const lectures = [[courseId, lectureId] as const, [another, elsewhere] as const]
  for (const [course, lecture] of lectures) {
    await service.publish(course, [lecture], 1, { durationSeconds: 600 })
    await service.enrol(userId, course)
  }
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const place = { courseId, lectureId, watchTime: 1 }
  const opened = performance.now()
  await client.getProgress({ params: { courseId } })
  /** Seconds since the clock runs: so much may count beside what a test let pass. */
  const taken = () => (performance.now() - opened) / 1000
  const claim = async (ranges: Range[], more: Partial<SaveReport> = {}) =>
    (await client.save({ body: { ...place, ranges, ...more } })).acceptedSeconds ?? -1
  const watchedOf = async (course: string, lecture: string) =>
    (await client.getProgress({ params: { courseId: course } })).ranges[lecture] ?? []
  const watched = () => watchedOf(courseId, lectureId)
  const pass = (seconds: number) => letPass(shared, stores.database, userId, seconds * 1000)
  return {
    userId,
    token,
    client,
    place,
    other: { courseId: another, lectureId: elsewhere },
    claim,
    watched,
    watchedOf,
    pass,
    taken,
  }
}
/** That many seconds, and at most what can be played in those that the test itself took. */
const about = (actual: number, expected: number, taken: number) =>
  assert.ok(actual >= expected - 0.02 && actual < expected + taken + 0.02, `${actual} s, not ${expected} s`)

test('what a player plays is credited whole, report by report', async () => {
  const { claim, watched, pass } = await aStudent()
  for (let from = 0; from < 60; from += 5) {
    await pass(5)
    assert.equal(await claim([[from, from + 5]]), 5)
  }
  assert.deepEqual(await watched(), [[0, 60]])
})

test('who seeks to the end has watched nothing by that', async () => {
  const { client, claim, watched, place, pass } = await aStudent()
  await pass(5)
  await claim([[0, 4]])
  await client.save({ body: { ...place, watchTime: 599 } })
  await claim([[599, 600]], { watchTime: 600 })
  assert.deepEqual(await watched(), [
    [0, 4],
    [599, 600],
  ])
})

test('ten minutes claimed at once count as far as the clock allows', async () => {
  const { claim, watched, pass, taken } = await aStudent()
  await pass(5)
  about(await claim([[0, 600]]), 8, taken())
  about(lengthOf(await watched()), 8, taken())
  // Claiming it again and again earns no more than the time between.
  for (let time = 0; time < 10; time += 1) await claim([[0, 600]])
  about(lengthOf(await watched()), 8, taken())
})

test('two tabs at once, or two courses, are credited with the time of one', async () => {
  const { userId, claim, watched, watchedOf, other, pass, taken } = await aStudent()
  for (let from = 0; from < 30; from += 5) {
    await pass(5)
    await claim([[from, from + 5]], { sessionId: 'first-tab' })
    await claim([[300 + from, 305 + from]], { sessionId: 'second-tab' })
    await claim([[from, from + 5]], { ...other, sessionId: 'third-tab' })
  }
  const seconds = lengthOf(await watched()) + lengthOf(await watchedOf(other.courseId, other.lectureId))
  about(seconds, 33, taken())
  const wallSeconds = lengthOf(await service.buffer.liveSpans(userId)) / 1000
  // In whole seconds, the first and the last of which were used in part.
  assert.ok(wallSeconds >= 33 && wallSeconds <= 35 + taken(), `${wallSeconds} s of wall time`)
})

test('no speed makes time pass more than twice as fast', async () => {
  const { claim, watched, pass, taken } = await aStudent()
  await pass(17)
  about(await claim([[0, 600]], { rate: 16 }), 40, 2 * taken())
  const slow = await aStudent()
  await slow.pass(17)
  about(await slow.claim([[0, 600]], { rate: 0.5 }), 10, slow.taken() / 2)
  about(lengthOf(await watched()), 40, 2 * taken())
})

test('who was away for ten minutes may claim the last one', async () => {
  const { claim, pass, taken } = await aStudent()
  await pass(600)
  about(await claim([[0, 600]]), 60, taken())
  await pass(600)
  about(await claim([[0, 600]]), 120, taken())
})

test('ranges count only as far as the lecture goes', async () => {
  const { claim, watched, pass } = await aStudent()
  await pass(60)
  assert.equal(
    await claim([
      [590, 660],
      [700, 710],
    ]),
    10,
  )
  assert.deepEqual(await watched(), [[590, 600]])
})

test('a report said again changes nothing, and takes no time from the next', async () => {
  const { claim, watched, pass } = await aStudent()
  await pass(7)
  const twice = () => claim([[0, 10]])
  assert.deepEqual([await twice(), await twice()], [10, 10])
  await pass(10)
  assert.equal(await claim([[10, 20]]), 10)
  assert.deepEqual(await watched(), [[0, 20]])
})

test('input that is no report is refused with its field named, and nothing is changed', async () => {
  const { userId, token, place, claim, pass } = await aStudent()
  await pass(10)
  await claim([[0, 5]])
  /** All that Redis has of the student. */
  const state = async () => {
    const keys = (await shared.keys(`${stores.database}:*${userId}*`)).toSorted()
    const hash = keys.find((key) => key.includes(':prog:')) ?? ''
    const clock = keys.find((key) => key.includes(':clock:')) ?? ''
    return [keys, await shared.hgetall(hash), await shared.get(clock)]
  }
  const before = await state()
  const hour = 3_600_000
  const bad: [object, string][] = [
    [{ ranges: [[5, 5]] }, 'body.ranges.0'],
    [
      {
        ranges: [
          [0, 1],
          [9, 4],
        ],
      },
      'body.ranges.1',
    ],
    [{ ranges: [[-1, 4]] }, 'body.ranges.0.0'],
    [{ ranges: [[0, 1e9]] }, 'body.ranges.0.1'],
    [{ ranges: [['0', 4]] }, 'body.ranges.0.0'],
    [{ ranges: [[0, 1, 2]] }, 'body.ranges.0'],
    [{ ranges: [[0]] }, 'body.ranges.0'],
    [{ ranges: [0, 4] }, 'body.ranges.0'],
    [{ ranges: '0-4' }, 'body.ranges'],
    [{ ranges: null }, 'body.ranges'],
    [{ ranges: Array.from({ length: 51 }, (_, i) => [i, i + 1]) }, 'body.ranges'],
    [{ rate: 0 }, 'body.rate'],
    [{ rate: -1 }, 'body.rate'],
    [{ rate: 17 }, 'body.rate'],
    [{ rate: '1' }, 'body.rate'],
    [{ clientTime: Date.now() + hour }, 'body.clientTime'],
    [{ clientTime: Date.now() - 5 * hour }, 'body.clientTime'],
    [{ clientTime: new Date(Date.now() + hour).toISOString() }, 'body.clientTime'],
    [{ clientTime: '2026-13-45T99:99:99Z' }, 'body.clientTime'],
    [{ clientTime: 'yesterday' }, 'body.clientTime'],
    [{ clientTime: -1 }, 'body.clientTime'],
    [{ clientTime: 1.5 }, 'body.clientTime'],
    [{ ranges: [[5, 9]], watchTime: -1 }, 'body.watchTime'],
    [{ ranges: [[5, 9]], watchTime: 1e9 }, 'body.watchTime'],
    [{ ranges: [[5, 9]], lectureId: newId() }, 'body.lectureId'],
    [{ ranges: [[5, 9]], courseId: newId() }, 'body.courseId'],
    [{ ranges: [[5, 9]], acceptedSeconds: 4 }, 'body.acceptedSeconds'],
  ]
  const call = { method: 'POST', url: progressApi.save.url, token } as const
  for (const [wrong, field] of bad) {
    const response = await rawCall(service.app, { ...call, body: { ...place, ...wrong } })
    assert.ok(response.statusCode >= 400 && response.statusCode < 500, response.body)
    assert.equal(response.json().errors?.[0]?.field, field, response.body)
  }
  for (const number of ['NaN', 'Infinity', '-Infinity', '1e999']) {
    const body = JSON.stringify(place).replace('"watchTime":1', `"watchTime":${number}`)
    const headers = { 'content-type': 'application/json' }
    assert.equal((await rawCall(service.app, { ...call, headers, body })).statusCode, 400, number)
  }
  assert.deepEqual(await state(), before)
})

test('a device’s clock may be some minutes off', async () => {
  const { client, place } = await aStudent()
  const minute = 60_000
  for (const clientTime of [Date.now() - 4 * minute, new Date(Date.now() + 4 * minute).toISOString()])
    assert.deepEqual(await client.save({ body: { ...place, clientTime } }), { message: 'synced' })
})
