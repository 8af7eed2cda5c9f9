import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { after, test } from 'node:test'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { CACHED_MS, createCourseMemory } from './memory.ts'

const stores = await testStores()
const mint = await createTokenMint()
const [one, two] = [
  await openFixture(stores, mint.verifyToken),
  await openFixture(stores, mint.verifyToken),
] as const
const shared = await stores.connectRedis()
after(async () => {
  await Promise.all([one.close(), two.close()])
  await stores.close()
})

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await turn()
}

/** How often MongoDB was asked for a course while `work` ran, by its own record. */
async function coursesReadDuring(work: () => Promise<unknown>): Promise<number> {
  const { mongo } = one
  const since = new Date()
  await mongo.db?.command({ profile: 2 })
  try {
    await work()
  } finally {
    await mongo.db?.command({ profile: 0 })
  }
  const ns = `${stores.database}.courseMeta`
  return mongo.collection('system.profile').countDocuments({ ns, op: 'query', ts: { $gte: since } })
}

const versionAt = async (service: typeof one, courseId: string) =>
  (await service.directory.course(courseId))?.version
const keyOf = (courseId: string) => `${stores.database}:courseMeta:${courseId}`

test('a thousand students who open a course at once on two instances are one read of it', async () => {
  const crowd = async () => {
    const [courseId, lectureId] = [newId(), newId()]
    await one.publish(courseId, [lectureId])
    const students = Array.from({ length: 20 }, newId)
    for (const userId of students) await one.enrol(userId, courseId)
    // Not as requests: a busy machine has no time for a thousand of them while one waits for what another reads.
    const find = async (userId: string, n: number) =>
      (n % 2 ? one : two).directory.requireLecture(userId, courseId, lectureId)
    return () => Promise.all(Array.from({ length: 50 }, () => students.map(find)).flat())
  }
  await (
    await crowd()
  )()
  assert.equal(await coursesReadDuring(await crowd()), 1)
})

test('a course is cached for a day, and another instance has it without asking MongoDB', async () => {
  const courseId = newId()
  await one.publish(courseId, [newId(), newId()])
  assert.equal(await versionAt(one, courseId), 1)
  await until(async () => (await shared.hexists(keyOf(courseId), 'v:')) === 1)
  const left = await shared.pttl(keyOf(courseId))
  assert.ok(left > CACHED_MS - 60_000 && left <= CACHED_MS, `${left} ms`)
  const reads = await coursesReadDuring(() => versionAt(two, courseId))
  assert.equal(reads, 0)
  assert.deepEqual(await two.directory.course(courseId), await one.directory.course(courseId))
})

test('what one instance hears of a course, the others take from there on', async () => {
  const courseId = newId()
  await one.publish(courseId, [newId()])
  assert.deepEqual([await versionAt(one, courseId), await versionAt(two, courseId)], [1, 1])
  await one.publish(courseId, [newId()], 2)
  assert.equal(await versionAt(one, courseId), 2)
  await until(async () => (await versionAt(two, courseId)) === 2)
})

test('a version whose author died before it dropped the old one is found by whoever looks at the versions', async () => {
  const [courseId, added] = [newId(), newId()]
  await one.publish(courseId, [newId()])
  assert.deepEqual([await versionAt(one, courseId), await versionAt(two, courseId)], [1, 1])
  const lectures = [{ lectureId: added, durationSeconds: 30 }]
  await transaction(one.mongo, (session) =>
    one.courses.saveCourse({ courseId, version: 2, lectures }, session),
  )
  assert.equal(await versionAt(two, courseId), 1)
  const userId = newId()
  await one.enrol(userId, courseId)
  assert.equal((await two.directory.requireLecture(userId, courseId, added)).durationSeconds, 30)
  // And it is gone from where a new instance would have found it.
  await until(async () => (await versionAt(one, courseId)) === 2)
})

test('a course that does not exist is remembered nowhere', async () => {
  const courseId = newId()
  assert.equal(await versionAt(one, courseId), undefined)
  await two.publish(courseId, [newId()])
  assert.equal(await versionAt(one, courseId), 1)
})

test('lectures, not courses, are what memory is counted by', async () => {
  const courseIds = [newId(), newId(), newId()]
  for (const courseId of courseIds)
    await one.publish(
      courseId,
      Array.from({ length: 40 }, () => newId()),
    )
  let reads = 0
  const cache = {
    drop: async () => {},
    read: async (_key: string, _page: string, load: () => Promise<string>) => {
      reads += 1
      return { bytes: Buffer.from(await load()), etag: '' }
    },
  }
  const memory = createCourseMemory(one.courses, () => cache, 120)
  for (const courseId of courseIds) await memory.get(courseId)
  assert.equal(reads, 3)
  await memory.get(courseIds[2] ?? '')
  await memory.get(courseIds[1] ?? '')
  assert.equal(reads, 3)
  await memory.get(courseIds[0] ?? '')
  assert.equal(reads, 4)
})
