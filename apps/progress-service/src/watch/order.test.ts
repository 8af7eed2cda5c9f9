import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import fc from 'fast-check'
import { createPositionBuffer } from './buffer.ts'
import { merge, type Snapshot } from './rules.ts'
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

const sessions = ['telephone', 'laptop-1', 'laptop-2']
/** Redis knows players by short hashes of these: of random ones two are the same in one of some thousand runs. */
const placeId = knownIds()
const lectures = Array.from({ length: 3 }, placeId)

/** Saves in the order in which they arrive; those of one session may have been made in another. */
const arrivals = fc.array(
  fc.record({
    session: fc.constantFrom(undefined, ...sessions),
    lectureId: fc.constantFrom(...lectures),
    at: fc.integer({ min: 1, max: 30 }),
    /** Whether a flusher reads now; it writes when it gets to it. */
    isRead: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
)
const flushOrder = fc.array(fc.nat(), { minLength: 25, maxLength: 25 })

/** What was said to the student's other devices so far. */
async function listen() {
  const listener = await stores.connectRedis()
  await listener.subscribe(NOTIFICATIONS)
  const heard: { userId: string; payload: { watchTime: number } }[] = []
  listener.on('message', (_channel, text) => heard.push(JSON.parse(text)))
  return {
    heard,
    /** All that was published until now has arrived. */
    async until(userId: string, count: number) {
      while (heard.filter((message) => message.userId === userId).length < count) await listener.ping()
      return heard.filter((message) => message.userId === userId).map(({ payload }) => payload.watchTime)
    },
  }
}

test('in any interleaving of sessions and devices an older event never overwrites a newer one', async () => {
  const { heard, until } = await listen()
  await fc.assert(
    fc.asyncProperty(arrivals, flushOrder, async (saves, order) => {
      heard.length = 0
      const place = { userId: newId(), courseId: placeId() }
      const newest = new Map<string, number>()
      const isNewest = (key: string, at: number) => {
        const is = at >= (newest.get(key) ?? 0)
        if (is) newest.set(key, at)
        return is
      }
      const expected = new Map<string, number>()
      const told: number[] = []
      let last: string | null = null
      const read: Snapshot[] = []
      for (const [watchTime, { session, lectureId, at, isRead }] of saves.entries()) {
        const position = { ...place, lectureId, watchTime }
        if (session === undefined) await buffer.save(position)
        else await buffer.saveWatched({ ...position, sessionId: session, at, ranges: [], speed: 1 })
        const moves = session === undefined || isNewest(`${session}:${lectureId}`, at)
        const isLast = session === undefined || isNewest(session, at)
        if (moves) {
          expected.set(lectureId, watchTime)
          told.push(watchTime)
          if (isLast) last = lectureId
        }
        const live = await buffer.read(place)
        assert.deepEqual(
          Object.entries(live?.positions ?? {})
            .map(([id, saved]) => [id, saved.watchTime])
            .toSorted(),
          [...expected].toSorted(),
        )
        assert.equal(live?.last, last)
        if (isRead && live !== undefined) read.push(live)
      }
      // Flushers that were held up write what they read in any order; Redis is read beside MongoDB.
      const inAnyOrder = read.map((snapshot, i) => [order[i] ?? 0, snapshot] as const)
      for (const [, snapshot] of inAnyOrder.toSorted((a, b) => a[0] - b[0])) {
        await store.savePositions([snapshot], Date.now())
        const stored = await store.read(place.userId, place.courseId)
        const merged = merge(stored, await buffer.read(place), Date.now())
        for (const [lectureId, watchTime] of expected)
          assert.equal(merged.positions[lectureId]?.watchTime, watchTime)
        assert.equal(merged.last, last)
      }
      assert.deepEqual(await until(place.userId, told.length), told)
    }),
    { numRuns: 60 },
  )
})

test('what an older event watched counts, though its position does not', async () => {
  const place = { userId: newId(), courseId: newId(), lectureId: newId(), sessionId: 'telephone', speed: 1 }
  await buffer.openClock(place.userId)
  await buffer.saveWatched({ ...place, watchTime: 3, at: 2000, ranges: [[2, 3]] })
  await buffer.saveWatched({ ...place, watchTime: 2, at: 1000, ranges: [[0, 2]] })
  const live = await buffer.read(place)
  assert.equal(live?.positions[place.lectureId]?.watchTime, 3)
  assert.deepEqual(live?.watched[place.lectureId], [[0, 3]])
})

test('a player that goes on to the next lecture may tell of the one before later', async () => {
  const [userId, courseId, first, second] = [newId(), newId(), newId(), newId()]
  const place = { userId, courseId, sessionId: 'telephone', ranges: [], speed: 1 }
  await buffer.saveWatched({ ...place, lectureId: second, watchTime: 1, at: 2000 })
  await buffer.saveWatched({ ...place, lectureId: first, watchTime: 60, at: 1000 })
  const live = await buffer.read(place)
  assert.equal(live?.positions[first]?.watchTime, 60)
  assert.equal(live?.last, second)
})
