import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import fc from 'fast-check'
import { createPositionBuffer } from './buffer.ts'
import { lengthOf, SMALLEST_GAP, unite, without, type Ranges } from './ranges.ts'
import { createProgressStore, progressModel } from './store.ts'
import { letPass } from './time-machine.ts'

const stores = await testStores()
const mongo = await stores.connectMongo()
const store = createProgressStore(progressModel(mongo))
await stores.prepare(mongo)
const shared = await stores.connectRedis()
const redis = shared.duplicate({ keyPrefix: `${stores.database}:`, enableAutoPipelining: true })
await redis.connect()
const buffer = createPositionBuffer(redis, 4)
after(async () => {
  redis.disconnect()
  await stores.close()
})

const RUNS = { numRuns: 60 }
const aPlace = () => ({ userId: newId(), courseId: newId(), lectureId: newId() })
type Place = ReturnType<typeof aPlace>

const claim = (place: Place, ranges: Ranges, speed = 1) =>
  buffer.saveWatched({ ...place, watchTime: 0, ranges: unite(ranges, []), speed })
const heldOf = async (place: Place) => (await buffer.read(place))?.watched[place.lectureId] ?? []

const pass = (userId: string, ms: number) => letPass(shared, stores.database, userId, ms)

const fifth = fc.integer({ min: 0, max: 500 }).map((fifths) => fifths / 5)
const stretch = fc
  .tuple(fifth, fc.integer({ min: 1, max: 40 }))
  .map(([from, hundredths]): Range => [from, Number((from + hundredths / 20).toFixed(2))])
const claims = fc.array(fc.array(stretch, { maxLength: 8 }), { minLength: 1, maxLength: 8 })
/** The claims, and as flushers may bring them: each twice, in another order. */
const arrivals = claims.chain((all) => {
  const twice = [...all, ...all]
  return fc.tuple(fc.constant(all), fc.shuffledSubarray(twice, { minLength: twice.length }))
})

test('where there is time enough, Redis holds what uniting all claims gives', async () => {
  await fc.assert(
    fc.asyncProperty(claims, async (all) => {
      const place = aPlace()
      await buffer.openClock(place.userId)
      let expected: Range[] = []
      for (const ranges of all) {
        await pass(place.userId, 60_000)
        const { accepted, before, watched } = await claim(place, ranges, 2)
        const claimed = unite(ranges, [])
        assert.ok(Math.abs(before - lengthOf(expected)) < 0.001)
        expected = unite(expected, claimed, SMALLEST_GAP)
        assert.ok(Math.abs(watched - lengthOf(expected)) < 0.001)
        assert.ok(Math.abs(accepted - lengthOf(claimed)) < 0.001)
      }
      assert.deepEqual(await heldOf(place), expected)
    }),
    RUNS,
  )
})

test('MongoDB unites what flushes bring, in any order and as often as it is brought', async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async ([all, brought]) => {
      const { userId, courseId, lectureId } = aPlace()
      for (const ranges of brought) {
        const watched = { [lectureId]: unite(ranges, []) }
        const snapshot = { userId, courseId, positions: {}, watched, last: lectureId, at: 1 }
        await store.savePositions([snapshot], Date.now())
      }
      const stored = (await store.read(userId, courseId)).ranges[lectureId] ?? []
      assert.deepEqual(stored, unite(all.flat(), []))
    }),
    RUNS,
  )
})

test('whatever is claimed, no more counts than can be played in the time that passed, and none that was not claimed', async () => {
  const report = fc.record({
    ranges: fc.array(stretch, { maxLength: 8 }),
    speed: fc.constantFrom(0.5, 1, 1.25, 2),
    passed: fc.integer({ min: 0, max: 20_000 }),
    tab: fc.constantFrom(0, 1, 2),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(report, { minLength: 1, maxLength: 10 }), async (reports) => {
      const { userId } = aPlace()
      const tabs = [aPlace(), aPlace(), aPlace()].map((place) => ({ ...place, userId }))
      const claimed: Range[][] = [[], [], []]
      const started = Date.now()
      await buffer.openClock(userId)
      let [passed, wallMs] = [0, 0]
      for (const { ranges, speed, tab, passed: ms } of reports) {
        const place = tabs[tab]
        if (place === undefined) continue
        await pass(userId, ms)
        passed += ms
        const { before, watched } = await claim(place, ranges, speed)
        wallMs += ((watched - before) * 1000) / speed
        claimed[tab] = unite(claimed[tab] ?? [], ranges, SMALLEST_GAP)
        const held = await heldOf(place)
        assert.ok(Math.abs(lengthOf(held) - watched) < 0.001)
        assert.deepEqual(without(held, claimed[tab] ?? []), [])
      }
      assert.ok(wallMs <= 3000 + passed + Date.now() - started + 20, `${wallMs} ms of ${passed} ms`)
      const spans = await buffer.liveSpans(userId)
      assert.deepEqual(spans, unite(spans, []))
    }),
    RUNS,
  )
})

test('what is too much is credited in part, the earliest seconds first', async () => {
  const place = aPlace()
  const opened = performance.now()
  await buffer.openClock(place.userId)
  // More than the test can take.
  const ranges: Range[] = [
    [100, 158],
    [10, 12],
  ]
  const { accepted, watched } = await claim(place, ranges)
  const most = 3.02 + (performance.now() - opened) / 1000
  assert.ok(accepted >= 3 && accepted < most, `${accepted} s`)
  assert.equal(watched, accepted)
  const [first, second = [0, 0]] = await heldOf(place)
  assert.deepEqual([first, second[0]], [[10, 12], 100])
  // Said again it costs nothing, and the rest follows when its time has passed.
  await pass(place.userId, 60_000)
  assert.equal((await claim(place, ranges)).accepted, 60)
})

test('short pieces do not earn the gaps between them', async () => {
  const place = aPlace()
  const opened = performance.now()
  await buffer.openClock(place.userId)
  const pieces = Array.from({ length: 50 }, (_, i): Range => [i / 4, i / 4 + 0.01])
  const { watched } = await claim(place, pieces)
  const most = 3.02 + (performance.now() - opened) / 1000
  assert.ok(watched < most, `${watched} s`)
})

test('a lecture in more than three hundred pieces takes no more pieces', async () => {
  const place = aPlace()
  await buffer.openClock(place.userId)
  const pieces = (from: number) => Array.from({ length: 50 }, (_, i): Range => [from + i, from + i + 0.1])
  for (let from = 0; from < 400; from += 50) {
    await pass(place.userId, 10_000)
    await claim(place, pieces(from))
  }
  assert.equal((await heldOf(place)).length, 300)
  await pass(place.userId, 60_000)
  await claim(place, [[0, 60]])
  assert.equal((await heldOf(place)).length, 240)
})

test('wall time that was used is known afterwards: apart, in order, at most fifty stretches, none forgotten', async () => {
  const place = aPlace()
  const HEAD_START = 3000
  const before = Date.now() - HEAD_START
  await buffer.openClock(place.userId)
  const opened = Date.now() - HEAD_START
  await claim(place, [[0, 2]])
  const [first = [0, 0]] = await buffer.liveSpans(place.userId)
  // In whole seconds.
  assert.ok(first[0] > before - 1000 && first[0] <= opened, `${first[0]} of ${before} to ${opened}`)
  const [key = ''] = await shared.keys(`${stores.database}:clock:*:${place.userId}`)
  // Sixty sessions of a minute, an hour apart except the last, which end now.
  const now = Math.floor(Date.now() / 1000)
  const packed = (at: number) => (at - 1_577_836_800).toString(36).padStart(6, '0')
  const starts = Array.from({ length: 50 }, (_, i) => now - 7 * 24 * 3600 + i * 3600 + (i === 20 ? 1800 : 0))
  const spans = starts.map((from) => packed(from) + packed(from + 60)).join('')
  await shared.set(key, `${Date.now() - 5000}||${spans}`)
  await claim(place, [[10, 14]])
  const known = await buffer.liveSpans(place.userId)
  assert.equal(known.length, 50)
  for (const from of starts)
    assert.ok(known.some(([start, end]) => start <= from * 1000 && (from + 60) * 1000 <= end))
  // The narrowest gap was closed.
  assert.ok(known.some(([start, end]) => end - start === (1800 + 60) * 1000))
})
