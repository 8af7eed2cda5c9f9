import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { clientOf } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { openFixture } from '../fixture.ts'
import type { ProgressRow } from '../watch/store.ts'
import { createCountStore } from './counts-store.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})
const id = (hex: string) => new Types.ObjectId(hex)
const { mongo } = service

/** What MongoDB was asked of a collection while `work` ran, by its own record. */
async function askedDuring(work: () => Promise<unknown>) {
  await mongo.db?.command({ profile: 2 })
  const since = new Date()
  try {
    await work()
  } finally {
    await mongo.db?.command({ profile: 0 })
  }
  const asked = await mongo
    .collection('system.profile')
    .find({ ts: { $gte: since } })
    .toArray()
  const names = ['enrolments', 'courseMeta', 'progress']
  return asked
    .filter(({ ns }) => names.some((name) => ns === `${stores.database}.${name}`))
    .map(({ ns, op, docsExamined = 0, responseLength }) => ({
      name: String(ns).slice(stores.database.length + 1),
      op: String(op),
      docsExamined: Number(docsExamined),
      bytes: Number(responseLength),
    }))
}

/** A student of so many courses of so many lectures each, who has completed every third lecture. */
async function aStudentOf(courses: number, lectures: number, doneVersion: number | undefined) {
  const userId = newId()
  const lectureIds = Array.from({ length: lectures }, () => id(newId()))
  const completed = lectureIds.filter((_, n) => n % 3 === 0)
  const courseIds = Array.from({ length: courses }, () => id(newId()))
  const durations = lectureIds.map(() => 60)
  await mongo
    .collection('courseMeta')
    .insertMany(
      courseIds.map((_id) => ({ _id, version: 1, lectures: lectureIds, durations, totalLectures: lectures })),
    )
  await mongo
    .collection('enrolments')
    .insertMany(courseIds.map((courseId) => ({ userId: id(userId), courseId, sequence: 1, active: true })))
  const counted = doneVersion === undefined ? {} : { done: completed.length, doneVersion }
  await mongo.collection('progress').insertMany(
    courseIds.map((courseId) => ({
      userId: id(userId),
      courseId,
      completedLectures: completed,
      ...counted,
    })),
  )
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  return { userId, courseIds, lectureIds, client: clientOf(service.app, progressApi, token) }
}

test('an overview of 200 courses of 2,000 lectures is three answers from indexes alone, without a document', async () => {
  const { client } = await aStudentOf(200, 2000, 1)
  let overview: { progress: number }[] = []
  const asked = await askedDuring(async () => {
    overview = await client.getCourseProgress()
  })
  assert.deepEqual([overview.length, new Set(overview.map(({ progress }) => progress))], [200, new Set([33])])
  assert.deepEqual(
    asked.map(({ name, op, docsExamined }) => ({ name, op, docsExamined })),
    ['enrolments', 'courseMeta', 'progress'].map((name) => ({ name, op: 'query', docsExamined: 0 })),
  )
  for (const { name, bytes } of asked) assert.ok(bytes < 20_000, `${name}: ${bytes} bytes`)
})

test('rows that were counted for another version, or never, are counted anew once', async () => {
  for (const counted of [undefined, 0]) {
    const { client, courseIds } = await aStudentOf(5, 9, counted)
    const first = await client.getCourseProgress()
    assert.deepEqual(new Set(first.map(({ progress }) => progress)), new Set([33]))
    const rows = await mongo
      .collection('progress')
      .find({ courseId: { $in: courseIds } })
      .toArray()
    assert.deepEqual(
      rows.map(({ done, doneVersion }) => [done, doneVersion]),
      courseIds.map(() => [3, 1]),
    )
    const asked = await askedDuring(() => client.getCourseProgress())
    assert.equal(asked.length, 3)
  }
})

test('a count that is slower than a completion, or than a count of a later version, does not overwrite it', async () => {
  for (const meanwhile of ['completion', 'older', 'version'] as const) {
    const { userId, client, courseIds, lectureIds } = await aStudentOf(1, 9, undefined)
    const courseId = String(courseIds[0])
    const happens = {
      completion: async () => {
        await client.complete({ body: { courseId, lectureId: String(lectureIds[1]) } })
      },
      /** A completion that began before the course was published. */
      older: async () => {
        const change = {
          $push: { completedLectures: lectureIds[1] ?? id(courseId) },
          $set: { done: 4, doneVersion: 0 },
        }
        await mongo.collection<ProgressRow>('progress').updateOne({ userId: id(userId) }, change)
      },
      version: async () => {
        await service.publish(courseId, lectureIds.slice(0, 3).map(String), 2)
        assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: 33 }])
      },
    }
    const slow = new Proxy(mongo.model<ProgressRow>('Progress'), {
      get: (target, name) => {
        if (name !== 'bulkWrite') return Reflect.get(target, name, target)
        return async (...given: Parameters<typeof target.bulkWrite>) => {
          await happens[meanwhile]()
          return target.bulkWrite(...given)
        }
      },
    })
    const headings = await service.courses.headings([courseId])
    const seen = await createCountStore(slow).percentages(userId, headings)
    assert.equal(seen.get(courseId), 33)
    const counted = { completion: 44, older: 44, version: 33 }
    assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: counted[meanwhile] }])
  }
})

test('who only watched is at nothing, and counted like everybody', async () => {
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  await service.publish(courseId, [lectureId])
  await service.enrol(userId, courseId)
  const client = clientOf(service.app, progressApi, await mint.tokenFor({ id: userId, role: 'student' }))
  await client.save({ body: { courseId, lectureId, watchTime: 30 } })
  await service.flusher.flushOnce()
  assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: 0 }])
  await client.complete({ body: { courseId, lectureId } })
  assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: 100 }])
})
