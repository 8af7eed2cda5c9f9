import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { failingMongo } from '@aetherlearn/testing/failing-mongo'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Redis } from 'ioredis'
import { lastDays } from '../dashboard/periods.ts'
import { openFixture } from '../fixture.ts'
import { createFlusher } from '../flush/flusher.ts'

const COURSES = 20
/** Of each course; together 100,000. */
const [VIEWS, REPORTS] = [4750, 250]
const AT_ONCE = 250
const FLUSHERS = 3
const LOST = 0.05
const DIES = 0.01
const LAST_ROUNDS = 50
const NOT_SURE = 64

const stores = await testStores()
const mongod = await failingMongo()
const { verifyToken } = await createTokenMint()
const { connectMongo, prepare } = mongod
/** Of a command that was given up it would not be known whether it counted. */
const connectRedis = async () => new Redis(stores.redisUrl, { lazyConnect: true })
const service = await openFixture({ ...stores, connectMongo, prepare, connectRedis }, verifyToken)
const { batches, sketches, playbacks, analytics, counters } = service
after(async () => {
  await service.close()
  await stores.close()
  await mongod.close()
})

let [deaths, lost, flushed] = [0, 0, 0]
/** Each step may be the last of a flusher, before its effect or after it; the latter also is an answer that was lost. */
const mortal =
  (after: number) =>
  <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    if (Math.random() < DIES) {
      deaths += 1
      throw new Error('died before')
    }
    const result = await work(...args)
    if (Math.random() >= after) return result
    lost += 1
    throw new Error('the answer was lost')
  }

const dies = mortal(DIES)
const drop: typeof batches.drop = async (...batch) => {
  await batches.drop(...batch)
  flushed += 1
}
const aFlusher = () =>
  createFlusher({
    batches: { dirty: batches.dirty, claim: dies(batches.claim), drop: dies(drop) },
    sketches: { keep: dies(sketches.keep), count: dies(sketches.count), retire: dies(sketches.retire) },
    playbacks: { keep: dies(playbacks.keep) },
    analytics: { apply: mortal(LOST)(analytics.apply) },
  })

type Course = { courseId: string; lectureId: string }
async function numbersOf({ courseId, lectureId }: Course) {
  const { counts, uniques } = await service.readNumbers(courseId, [lectureId], lastDays(2, Date.now()))
  const playbacks = counts.lectures.get(lectureId)?.views
  return { views: counts.views, playbacks, ms: counts.watchTimeMs, students: uniques.course }
}

/** They are counted by sketches, and of 5000 random ones some course's is off by more than 2 % now and then. */
const nextStudent = knownIds()

/** All that happens to the courses, in the order in which it comes. */
function* happenings(courses: Course[]): Generator<() => Promise<void>> {
  const traffic = 'students'
  for (let n = 0; n < VIEWS; n += 1) {
    for (const { courseId, lectureId } of courses) {
      yield () => counters.countView({ userId: newId(), courseId, traffic })
      if (n >= REPORTS) continue
      const watched = { userId: nextStudent(), courseId, lectureId, traffic, durationSeconds: 60 } as const
      yield () => counters.countWatching({ ...watched, watchTimeDelta: 2.5, segments: [[0, 2.5]] })
    }
  }
}

test('100,000 counts, flushers that die at any step, and one in twenty answers of MongoDB lost: stored is what was sent', async (t) => {
  const courses = Array.from({ length: COURSES }, () => ({ courseId: newId(), lectureId: newId() }))
  let running = true
  const flush = async ({ flushOnce }: ReturnType<typeof aFlusher>) => {
    while (running) {
      await flushOnce().catch(() => undefined)
      await pause(5)
    }
  }
  const unsure = { code: NOT_SURE, errmsg: 'waiting for replication timed out' }
  const fault = { failCommands: ['commitTransaction', 'update'], writeConcernError: unsure }
  const sent = await mongod.during({ activationProbability: LOST }, fault, async () => {
    const flushing = Array.from({ length: FLUSHERS }, () => flush(aFlusher()))
    let counted = 0
    const all = happenings(courses)
    const writers = Array.from({ length: AT_ONCE }, async () => {
      for (const happen of all) {
        await happen()
        counted += 1
      }
    })
    await Promise.all(writers)
    running = false
    await Promise.all(flushing)
    return counted
  })
  assert.equal(sent, COURSES * (VIEWS + REPORTS))
  const truth = { views: VIEWS, playbacks: REPORTS, ms: REPORTS * 2500 }
  const isTrue = async () => {
    for (const course of courses) {
      const { students, ...counts } = await numbersOf(course)
      assert.deepEqual(counts, truth)
      assert.ok(Math.abs(students - REPORTS) <= 0.02 * REPORTS, `${students} students`)
    }
  }
  await isTrue()
  for (let round = 0; (await batches.dirty()).length > 0; round += 1) {
    assert.ok(round < LAST_ROUNDS)
    await service.flusher.flushOnce().catch(() => undefined)
  }
  await isTrue()
  assert.ok(flushed > 0 && deaths > 0 && lost > 0)
  t.diagnostic(`${flushed} batches flushed meanwhile, ${deaths} deaths before a step, ${lost} answers lost`)
})
