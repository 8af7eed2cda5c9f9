import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { courseKeys } from '../keys.ts'
import type { Sketch } from './sketch-store.ts'
import { createSketches } from './sketches.ts'

const stores = await testStores()
const { verifyToken } = await createTokenMint()
const service = await openFixture(stores, verifyToken)
const { redis, sketches, sketchStore } = service
after(async () => {
  await service.close()
  await stores.close()
})

const nextStudent = knownIds()
const students = (count: number) => Array.from({ length: count }, nextStudent)
const watch = (courseId: string, ids: string[]) => redis.pfadd(courseKeys(courseId).users(), ...ids)
/** How many students the stored sketch alone gives back. */
async function storedStudents(courseId: string) {
  await service.wipeRedis()
  await sketches.restore(courseId, await sketches.stored(courseId))
  return (await sketches.count(courseId, [])).course
}

test('a hundred thousand students are counted within 2 %, in 12 KB', async (t) => {
  const courseId = newId()
  for (let i = 0; i < 100; i += 1) await watch(courseId, students(1000))
  const counted = (await sketches.count(courseId, [])).course
  const bytes = await redis.strlen(courseKeys(courseId).users())
  t.diagnostic(`${counted} counted, ${bytes} bytes`)
  assert.ok(counted > 98_000 && counted < 102_000)
  assert.ok(bytes < 12_500)
  await sketches.keep([{ courseId }])
  assert.equal(await storedStudents(courseId), counted)
})

test('what is stored after a wipe contains what was stored before it', async () => {
  const courseId = newId()
  await watch(courseId, students(10))
  await sketches.keep([{ courseId }])
  await service.wipeRedis()
  await watch(courseId, students(5))
  await sketches.keep([{ courseId }])
  assert.equal(await storedStudents(courseId), 15)
})

test('a Redis that came back as it was some time ago does not overwrite newer sketches', async () => {
  const courseId = newId()
  const keys = courseKeys(courseId)
  await watch(courseId, students(10))
  await sketches.keep([{ courseId }])
  const [users, merged] = [await redis.dumpBuffer(keys.users()), await redis.dumpBuffer(keys.merged)]
  await watch(courseId, students(7))
  await sketches.keep([{ courseId }])
  await redis.restore(keys.users(), 0, users ?? '', 'REPLACE')
  await redis.restore(keys.merged, 0, merged ?? '', 'REPLACE')
  await watch(courseId, students(1))
  await sketches.keep([{ courseId }])
  assert.equal(await storedStudents(courseId), 18)
})

test('of two that store at once, none loses the other’s students', async () => {
  const courseId = newId()
  await watch(courseId, students(10))
  await sketches.keep([{ courseId }])
  // Held up between its reading and its writing, while another stores more.
  let held = false
  const replace = async (changes: (Sketch & { expected: string })[]) => {
    if (!held) {
      held = true
      await watch(courseId, students(5))
      await sketches.keep([{ courseId }])
    }
    return sketchStore.replace(changes)
  }
  await createSketches(redis, { ...sketchStore, replace }).keep([{ courseId }])
  assert.equal(await storedStudents(courseId), 15)
})

test('a write whose answer was lost is no obstacle to the next one', async () => {
  const courseId = newId()
  await watch(courseId, students(3))
  const replace = async (changes: (Sketch & { expected: string })[]) => {
    await sketchStore.replace(changes)
    throw new Error('answer lost')
  }
  await assert.rejects(createSketches(redis, { ...sketchStore, replace }).keep([{ courseId }]))
  await watch(courseId, students(4))
  await sketches.keep([{ courseId }])
  assert.equal(await storedStudents(courseId), 7)
})

test('the students of a day are counted apart, and its sketch leaves Redis only once it is stored', async () => {
  const courseId = newId()
  const keys = courseKeys(courseId)
  const [before, today] = ['2026-03-01', '2026-03-02']
  await redis.pfadd(keys.dayUsers(before), ...students(3))
  await redis.pfadd(keys.dayUsers(today), ...students(4))
  await sketches.keep([
    { courseId, day: before },
    { courseId, day: today },
  ])
  assert.deepEqual(
    (await sketches.count(courseId, [before, today])).days,
    new Map([
      [before, 3],
      [today, 4],
    ]),
  )
  assert.deepEqual([await redis.ttl(keys.dayUsers(before)), await redis.ttl(keys.dayUsers(today))], [-1, -1])
  await sketches.retire(courseId, today)
  assert.ok((await redis.ttl(keys.dayUsers(before))) > 0)
  assert.equal(await redis.ttl(keys.dayUsers(today)), -1)
  const stored = await sketchStore.ofDays(courseId, before, today)
  assert.deepEqual(stored.map(({ day }) => day).toSorted(), [before, today])
})

test('who comes late to a day that has left Redis is counted together with all others of it', async () => {
  const courseId = newId()
  const [day, after] = ['2026-03-01', '2026-03-02']
  const { dayUsers } = courseKeys(courseId)
  await redis.pfadd(dayUsers(day), ...students(3))
  await sketches.keep([{ courseId, day }])
  await sketches.retire(courseId, after)
  await redis.del(dayUsers(day))
  await redis.pfadd(dayUsers(day), ...students(1))
  await sketches.keep([{ courseId, day }])
  assert.equal((await sketches.count(courseId, [day])).days.get(day), 4)
})

test('sketches of days are brought back only from the day that is asked for on', async () => {
  const courseId = newId()
  const names = [{ courseId }, ...['2026-03-01', '2026-03-02'].map((day) => ({ courseId, day }))]
  await watch(courseId, students(2))
  for (const day of ['2026-03-01', '2026-03-02'])
    await redis.pfadd(courseKeys(courseId).dayUsers(day), ...students(1))
  await sketches.keep(names)
  const daysOf = (stored: Sketch[]) => stored.map(({ day }) => day)
  assert.deepEqual(daysOf(await sketches.stored(courseId)), [undefined])
  assert.deepEqual(daysOf(await sketches.stored(courseId, '2026-03-02')), [undefined, '2026-03-02'])
})
