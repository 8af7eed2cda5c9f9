import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { openFixture } from '../fixture.ts'
import { BATCH_ID, courseKeys } from '../keys.ts'
import { createFlusher, type FlusherDeps } from './flusher.ts'
import { analyticsRows, APPLIED_KEPT_SECONDS } from './rows-store.ts'

const stores = await testStores()
const { verifyToken } = await createTokenMint()
const service = await openFixture(stores, verifyToken)
const { redis, mongo, batches, sketches, playbacks, analytics, counters } = service
const rows = analyticsRows(mongo)
after(async () => {
  await service.close()
  await stores.close()
})

const flusherOf = (changed: Partial<FlusherDeps> = {}) =>
  createFlusher({ batches, sketches, playbacks, analytics, ...changed })
const courseRow = (courseId: string) => rows.courses.findOne({ courseId: new Types.ObjectId(courseId) })
const viewsNow = async (courseId: string) => (await courseRow(courseId))?.totalViews ?? 0
/** What MongoDB has, once all flushers are done. */
async function storedViews(courseId: string) {
  await flusherOf().flushOnce()
  return viewsNow(courseId)
}
const countView = (courseId: string) => counters.countView({ courseId, userId: newId(), traffic: 'students' })
async function countViews(courseId: string, times: number) {
  await Promise.all(Array.from({ length: times }, () => countView(courseId)))
}
const nextStudent = knownIds()
/** Everybody watches the seconds from 0 to 4 of this lecture. */
async function watch(courseId: string, lectureId: string, students: number) {
  const report = { courseId, lectureId, traffic: 'students' as const, watchTimeDelta: 4 }
  const segments: [number, number][] = [[0, 4]]
  for (let i = 0; i < students; i += 1)
    await counters.countWatching({ ...report, userId: nextStudent(), segments, sessionId: 'session-one' })
}
/** Stands in for a process that ends, or a network that ends, before or after a step has had its effect. */
const dying =
  (when: 'before' | 'after') =>
  <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    if (when === 'before') throw new Error('died')
    await work(...args)
    throw new Error('died')
  }

const failures = (['before', 'after'] as const).flatMap((when) => {
  const die = dying(when)
  const changes: Record<string, Partial<FlusherDeps>> = {
    'the claim': { batches: { ...batches, claim: die(batches.claim) } },
    'storing the sketches': { sketches: { ...sketches, keep: die(sketches.keep) } },
    'storing the playbacks': { playbacks: { keep: die(playbacks.keep) } },
    'adding the counts': { analytics: { apply: die(analytics.apply) } },
    'dropping the batch': { batches: { ...batches, drop: die(batches.drop) } },
  }
  return Object.entries(changes).map(([step, change]) => ({ name: `${when} ${step}`, change }))
})
for (const { name, change } of failures) {
  test(`a flusher that dies ${name} counts nothing twice and loses nothing`, async () => {
    const courseId = newId()
    await countViews(courseId, 7)
    await assert.rejects(flusherOf(change).flushOnce(), /died/)
    await countViews(courseId, 5)
    await flusherOf(change)
      .flushOnce()
      .catch(() => undefined)
    await countViews(courseId, 1)
    assert.equal(await storedViews(courseId), 13)
  })
}

test('totals, days, lectures, seconds and playbacks all tell the same, whatever dies in between', async () => {
  const [courseId, lectureId] = [newId(), newId()]
  const course = { courseId: new Types.ObjectId(courseId) }
  await countViews(courseId, 2)
  await watch(courseId, lectureId, 3)
  for (const { change } of failures)
    await flusherOf(change)
      .flushOnce()
      .catch(() => undefined)
  await watch(courseId, lectureId, 2)
  await flusherOf().flushOnce()
  const day = new Date().toISOString().slice(0, 10)
  const total = await courseRow(courseId)
  assert.deepEqual(total?.lectureStats, {
    [lectureId]: { views: 5, totalWatchTimeMs: 20_000, freshSeconds: 20 },
  })
  assert.deepEqual([total?.totalViews, total?.totalWatchTimeMs, total?.uniqueActiveUsers], [2, 20_000, 5])
  const [days, lectureDays] = [
    await rows.days.find(course).toArray(),
    await rows.lectureDays.find(course).toArray(),
  ]
  assert.deepEqual(
    days.map(({ _id, courseId: _, ...counts }) => counts),
    [{ day, views: 2, playbacks: 5, watchTimeMs: 20_000, uniqueStudents: 5 }],
  )
  assert.deepEqual(
    lectureDays.map((row) => row.lectures),
    [{ [lectureId]: { views: 5, watchTimeMs: 20_000 } }],
  )
  const [heat] = await rows.heat.find(course).toArray()
  const watched = { w: 5 }
  assert.deepEqual(heat?.seconds, { 0: watched, 1: watched, 2: watched, 3: { w: 5, e: 5 } })
  const kept = await rows.playbacks.find(course).toArray()
  assert.equal(kept.length, 5)
  for (const { watchTimeMs, ranges } of kept) assert.deepEqual([watchTimeMs, ranges], [4000, [[0, 4]]])
})

/** A gate that the next caller reaches and waits at until it is opened. */
function aGate() {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const pass = () => {
    reached.resolve()
    return opened.promise
  }
  return { reached: reached.promise, open: () => opened.resolve(), pass }
}

test('a flusher that was held up neither adds its batch again nor drops the one that came after', async () => {
  const courseId = newId()
  await countViews(courseId, 3)
  const gate = aGate()
  const held = flusherOf({
    analytics: {
      apply: async (...batch) => {
        await gate.pass()
        await analytics.apply(...batch)
      },
    },
  }).flushOnce()
  await gate.reached
  assert.equal(await storedViews(courseId), 3)
  await countViews(courseId, 4)
  const dyingAgain = flusherOf({ analytics: { apply: dying('before')(analytics.apply) } })
  await assert.rejects(dyingAgain.flushOnce(), /died/)
  gate.open()
  await held
  assert.equal(await storedViews(courseId), 7)
})

test('a flusher that was held up for over a minute gives its batch up', async () => {
  const courseId = newId()
  await countViews(courseId, 2)
  let time = Date.now()
  const slow = flusherOf({
    now: () => time,
    sketches: {
      ...sketches,
      keep: async () => {
        time += 60_001
      },
    },
  })
  await assert.rejects(slow.flushOnce(), /held up/)
  assert.equal(await viewsNow(courseId), 0)
  assert.equal(await storedViews(courseId), 2)
})

test('many flushers at once add each batch once', async () => {
  const courses = Array.from({ length: 40 }, newId)
  await Promise.all(courses.map((courseId) => countViews(courseId, 5)))
  await Promise.all(Array.from({ length: 5 }, () => flusherOf().flushOnce()))
  for (const courseId of courses) assert.equal(await viewsNow(courseId), 5)
})

test('one course that fails does not keep the others, and the flush has failed', async () => {
  const [courses, bad] = [Array.from({ length: 20 }, newId), newId()]
  await Promise.all([bad, ...courses].map((courseId) => countViews(courseId, 1)))
  const apply: typeof analytics.apply = async (batch, options) => {
    if (batch.courseId === bad) throw new Error('a row that is too large')
    await analytics.apply(batch, options)
  }
  await assert.rejects(flusherOf({ analytics: { apply } }).flushOnce(), /1 of 21 courses failed.*too large/)
  for (const courseId of courses) assert.equal(await viewsNow(courseId), 1)
  assert.equal(await storedViews(bad), 1)
})

test('where all fail a flush gives up soon', async () => {
  const courses = Array.from({ length: 100 }, newId)
  await Promise.all(courses.map((courseId) => countViews(courseId, 1)))
  let tries = 0
  const apply = async () => {
    tries += 1
    throw new Error('MongoDB is away')
  }
  await assert.rejects(flusherOf({ analytics: { apply } }).flushOnce(), /away/)
  assert.ok(tries <= 45, `${tries} tries`)
  await flusherOf().flushOnce()
  for (const courseId of courses) assert.equal(await viewsNow(courseId), 1)
})

test('the ids of batches are kept for longer than any flusher holds one, and go by themselves', async () => {
  const [index] = (await rows.applied.indexes()).filter((one) => one.expireAfterSeconds !== undefined)
  assert.deepEqual([index?.key, index?.expireAfterSeconds], [{ at: 1 }, APPLIED_KEPT_SECONDS])
  assert.ok(APPLIED_KEPT_SECONDS > 24 * 3600)
})

/** Source document 002, flow B: counters that are read and set to zero, then added. */
async function seedsFlush(courseId: string, add: (views: number) => Promise<void>) {
  const key = `lecture_views:${courseId}`
  const [[, views] = []] = (await redis.multi().get(key).set(key, 0).exec()) ?? []
  await add(Number(views ?? 0))
}
const addPlainly = (courseId: string) => async (views: number) => {
  const course = { courseId: new Types.ObjectId(courseId) }
  await rows.courses.updateOne(course, { $inc: { totalViews: views } }, { upsert: true })
}

test('mutant: counters set to zero before they are stored are lost with the flusher', async () => {
  const courseId = newId()
  await redis.incrby(`lecture_views:${courseId}`, 7)
  await assert.rejects(seedsFlush(courseId, dying('before')(addPlainly(courseId))))
  await seedsFlush(courseId, addPlainly(courseId))
  assert.equal(await viewsNow(courseId), 0)
})

test('mutant: set to zero after they are stored, they are added twice when an answer is lost', async () => {
  const courseId = newId()
  const key = `lecture_views:${courseId}`
  await redis.incrby(key, 7)
  const flush = async (add: (views: number) => Promise<void>) => {
    const views = Number(await redis.get(key))
    await add(views)
    await redis.decrby(key, views)
  }
  await assert.rejects(flush(dying('after')(addPlainly(courseId))))
  await flush(addPlainly(courseId))
  assert.equal(await viewsNow(courseId), 14)
})

test('mutant: with an id that each flusher gives when it claims, a batch is added twice when an answer is lost', async () => {
  const courseId = newId()
  await countViews(courseId, 7)
  let id = ''
  const idAtClaim: FlusherDeps['batches'] = {
    ...batches,
    claim: async (course) => {
      const claim = await batches.claim(course)
      id = claim?.batch.id ?? id
      return claim && { ...claim, batch: { ...claim.batch, id: newId() } }
    },
    drop: (course) => batches.drop(course, id),
  }
  const wrong = flusherOf({ batches: idAtClaim, analytics: { apply: dying('after')(analytics.apply) } })
  await assert.rejects(wrong.flushOnce(), /died/)
  await flusherOf({ batches: idAtClaim }).flushOnce()
  assert.equal(await viewsNow(courseId), 14)
})

test('a batch has its id from its first count on, and keeps it', async () => {
  const courseId = newId()
  const { liveBatch, dirty } = courseKeys(courseId)
  await countViews(courseId, 1)
  const id = await redis.hget(liveBatch.counts, BATCH_ID)
  assert.match(id ?? '', /^[0-9a-f-]{36}$/)
  await countViews(courseId, 2)
  assert.equal(await redis.hget(liveBatch.counts, BATCH_ID), id)
  assert.equal(await redis.sismember(dirty, courseId), 1)
  await flusherOf().flushOnce()
  assert.equal(await redis.exists(...Object.values(liveBatch)), 0)
  assert.equal(await redis.sismember(dirty, courseId), 0)
  assert.notEqual(await rows.applied.findOne({ _id: id ?? '' }), null)
})
