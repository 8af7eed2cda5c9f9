import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { defaultCompletion, type CompletionRule } from '@aetherlearn/contracts/course/completion'
import { courseDeleted, courseWithdrawn } from '@aetherlearn/contracts/course/events'
import { progressApi } from '@aetherlearn/contracts/progress'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { letPass } from '../watch/time-machine.ts'

// A test for each row of the table "When a course changes" in the README.

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
const shared = await stores.connectRedis()
const Outbox = outboxModel(service.mongo)
after(async () => {
  await service.close()
  await stores.close()
})

/** In a course of two lectures of 40 s, the first of which is completed. */
async function aStudent() {
  const [userId, courseId, first, second] = [newId(), newId(), newId(), newId()]
  let version = 0
  const publish = async (
    lectures: string[],
    completion: CompletionRule = defaultCompletion,
    durationSeconds = 40,
  ) => {
    version += 1
    await service.publish(courseId, lectures, version, { durationSeconds, completion })
  }
  await publish([first, second])
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const complete = (lectureId: string) => client.complete({ body: { courseId, lectureId } })
  const watch = async (lectureId: string, to: number) => {
    await letPass(shared, stores.database, userId, 50_000)
    await client.save({ body: { courseId, lectureId, watchTime: to, ranges: [[0, to]] } })
  }
  const wholeTold = () => Outbox.countDocuments({ name: 'course.completed', 'payload.userId': userId })
  /** The same by both ways to ask. */
  const percentage = async () => {
    const { completionPercentage } = await client.getProgress({ params: { courseId } })
    const [course] = await client.getCourseProgress()
    assert.equal(course?.progress, completionPercentage)
    return completionPercentage
  }
  const completed = async () => (await client.getProgress({ params: { courseId } })).completedLectures
  const total = async () => (await client.getStudentStats()).totalCompleted
  await client.getProgress({ params: { courseId } })
  await complete(first)
  return {
    courseId,
    first,
    second,
    client,
    publish,
    complete,
    watch,
    wholeTold,
    percentage,
    completed,
    total,
  }
}

test('a lecture that is added is missing, and a course that was whole stays said to be completed once', async () => {
  const { first, second, publish, complete, wholeTold, percentage, client, courseId } = await aStudent()
  await complete(second)
  const third = newId()
  await publish([first, second, third])
  assert.equal(await percentage(), 66)
  assert.notEqual((await client.getProgress({ params: { courseId } })).completedAt, null)
  await complete(third)
  assert.deepEqual([await percentage(), await wholeTold()], [100, 1])
})

test('a lecture that is removed counts neither as completed nor as missing, and stays completed', async () => {
  const { first, second, publish, percentage, completed, total } = await aStudent()
  await publish([second])
  assert.deepEqual([await percentage(), await completed(), await total()], [0, [first], 1])
  await publish([first, second])
  assert.deepEqual([await percentage(), await completed()], [50, [first]])
})

test('a course whose last missing lecture is removed is completed when its student comes back', async () => {
  const { first, publish, percentage, wholeTold, client, courseId } = await aStudent()
  await publish([first])
  assert.equal(await wholeTold(), 0)
  assert.equal(await percentage(), 100)
  assert.notEqual((await client.getProgress({ params: { courseId } })).completedAt, null)
  assert.equal(await wholeTold(), 1)
})

test('lectures that are moved or renamed change nothing', async () => {
  const { first, second, publish, percentage, completed } = await aStudent()
  await publish([second, first])
  assert.deepEqual([await percentage(), await completed()], [50, [first]])
})

test('a stricter rule takes nothing back, and holds for what is not completed', async () => {
  const { first, second, publish, complete, watch, percentage, completed } = await aStudent()
  await watch(second, 20)
  await publish([first, second], { by: 'watching', watchedShare: 0.8 })
  assert.deepEqual([await percentage(), await completed()], [50, [first]])
  assert.equal((await refusal(complete(second))).code, 'NOT_WATCHED_ENOUGH')
})

test('a laxer rule completes at the next visit what was watched enough of', async () => {
  const { first, second, publish, watch, percentage, wholeTold } = await aStudent()
  await watch(second, 20)
  assert.equal(await percentage(), 50)
  await publish([first, second], { by: 'either', watchedShare: 0.5 })
  assert.deepEqual([await percentage(), await wholeTold()], [100, 1])
})

test('a longer video asks for its own share, and a lecture completed before stays so', async () => {
  const { first, second, publish, watch, percentage } = await aStudent()
  await watch(second, 30)
  await publish([first, second], defaultCompletion, 200)
  await watch(second, 40)
  assert.equal(await percentage(), 50)
})

test('a shorter video is completed by what was watched of the longer one', async () => {
  const { first, second, publish, watch, percentage } = await aStudent()
  await watch(second, 30)
  assert.equal(await percentage(), 50)
  await publish([first, second], defaultCompletion, 30)
  assert.equal(await percentage(), 100)
})

test('an older version that is heard of late changes nothing', async () => {
  const { courseId, first, second, publish, percentage } = await aStudent()
  const third = newId()
  await publish([first, second, third])
  await service.publish(courseId, [first], 1, { completion: { by: 'hand', watchedShare: 0.9 } })
  assert.equal(await percentage(), 33)
})

test('who is in a course that is withdrawn goes on', async () => {
  const { courseId, second, complete, percentage } = await aStudent()
  await service.hear(courseWithdrawn, { courseId, version: 2 })
  await complete(second)
  assert.equal(await percentage(), 100)
})

test('a course that is deleted is in no overview, and what was completed in it still counts for its student', async () => {
  const { courseId, second, client, complete, total } = await aStudent()
  await service.hear(courseDeleted, { courseId, version: 9 })
  assert.deepEqual(await client.getCourseProgress(), [])
  assert.equal((await refusal(complete(second))).code, 'COURSE_NOT_FOUND')
  assert.equal(await total(), 1)
})
