import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import fc from 'fast-check'
import { createPositionBuffer } from './buffer.ts'
import { lengthOf, SMALLEST_GAP, unite, type Ranges } from './ranges.ts'
import { createProgressStore, progressModel } from './store.ts'

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

/** As if so much time had passed since the student's last report. */
async function letPass(userId: string, ms: number) {
  const [key = ''] = await shared.keys(`${stores.database}:clock:*:${userId}`)
  const clock = (await shared.get(key)) ?? ''
  const free = Number(clock.slice(0, clock.indexOf('|')))
  await shared.set(key, `${free - ms}${clock.slice(clock.indexOf('|'))}`, 'KEEPTTL')
}

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
        await letPass(place.userId, 60_000)
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
