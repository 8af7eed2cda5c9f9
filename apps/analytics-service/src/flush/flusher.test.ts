import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { BATCH_ID, courseKeys, fields } from '../keys.ts'
import { createFlusher, type FlusherDeps } from './flusher.ts'

const stores = await testStores()
const { verifyToken } = await createTokenMint()
const service = await openFixture(stores, verifyToken)
const { redis, batches, sketches, analytics, counters } = service
after(async () => {
  await service.close()
  await stores.close()
})

const flusherOf = (changed: Partial<FlusherDeps> = {}) =>
  createFlusher({ batches, sketches, analytics, ...changed })
/** What MongoDB has, once all flushers are done. */
async function storedViews(courseId: string) {
  await flusherOf().flushOnce()
  return (await analytics.read(courseId)).views
}
async function countViews(courseId: string, times: number) {
  await Promise.all(Array.from({ length: times }, () => counters.countView(courseId)))
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
  assert.equal((await analytics.read(courseId)).views, 0)
  assert.equal(await storedViews(courseId), 2)
})

test('many flushers at once add each batch once', async () => {
  const courses = Array.from({ length: 40 }, newId)
  await Promise.all(courses.map((courseId) => countViews(courseId, 5)))
  await Promise.all(Array.from({ length: 5 }, () => flusherOf().flushOnce()))
  for (const courseId of courses) assert.equal((await analytics.read(courseId)).views, 5)
})

test('the ids of batches are forgotten after a day, not before', async () => {
  const courseId = newId()
  const hour = 3_600_000
  const applyAt = (id: string, ms: number) =>
    analytics.apply(
      { id, courses: [{ courseId, views: 1, watchTimeMs: 0, lectures: new Map() }] },
      new Map(),
      new Date(ms),
    )
  const start = Date.now()
  await applyAt('first', start)
  await applyAt('second', start + 24 * hour)
  await applyAt('first', start + 24 * hour)
  assert.equal((await analytics.read(courseId)).views, 2)
  await applyAt('third', start + 26 * hour)
  assert.deepEqual((await analytics.read(courseId)).recentBatches, new Set(['second', 'third']))
})

/** Source document 002, flow B: counters that are read and set to zero, then added. */
async function seedsFlush(courseId: string, add: (views: number) => Promise<void>) {
  const key = `lecture_views:${courseId}`
  const [[, views] = []] = (await redis.multi().get(key).set(key, 0).exec()) ?? []
  await add(Number(views ?? 0))
}
const addPlainly = (courseId: string) => async (views: number) => {
  await analytics.apply(
    { id: newId(), courses: [{ courseId, views, watchTimeMs: 0, lectures: new Map() }] },
    new Map(),
    new Date(),
  )
}

test('mutant: counters set to zero before they are stored are lost with the flusher', async () => {
  const courseId = newId()
  await redis.incrby(`lecture_views:${courseId}`, 7)
  await assert.rejects(seedsFlush(courseId, dying('before')(addPlainly(courseId))))
  await seedsFlush(courseId, addPlainly(courseId))
  assert.equal((await analytics.read(courseId)).views, 0)
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
  assert.equal((await analytics.read(courseId)).views, 14)
})

test('a batch has its id from its first count on, and keeps it', async () => {
  const courseId = newId()
  const { live } = courseKeys(courseId)
  await countViews(courseId, 1)
  const id = await redis.hget(live, BATCH_ID)
  assert.match(id ?? '', /^[0-9a-f-]{36}$/)
  await countViews(courseId, 2)
  assert.equal(await redis.hget(live, BATCH_ID), id)
  assert.equal(await redis.hget(live, fields.courseViews(courseId)), '3')
  await flusherOf().flushOnce()
  assert.equal(await redis.exists(live), 0)
})
