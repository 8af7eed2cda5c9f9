import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { after, test } from 'node:test'
import { defaultCompletion, type CompletionRule } from '@aetherlearn/contracts/course/completion'
import { progressApi } from '@aetherlearn/contracts/progress'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { letPass } from '../watch/time-machine.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
const shared = await stores.connectRedis()
const Outbox = outboxModel(service.mongo)
const heard: { userId: string; type: string; payload: unknown }[] = []
const subscriber = await stores.connectRedis()
subscriber.on('message', (_channel, text: string) => heard.push(JSON.parse(text)))
await subscriber.subscribe(NOTIFICATIONS)
after(async () => {
  await service.close()
  await stores.close()
})

const byWatching: CompletionRule = { by: 'watching', watchedShare: 0.9 }
const byHand: CompletionRule = { by: 'hand', watchedShare: 0.9 }

async function aStudent(completion: CompletionRule = defaultCompletion, durationSeconds = 40) {
  const [userId, courseId, lectureId, other] = [newId(), newId(), newId(), newId()]
  const rule = (version: number, changed: CompletionRule) =>
    service.publish(courseId, [lectureId, other], version, { durationSeconds, completion: changed })
  await rule(1, completion)
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const params = { courseId, lectureId }
  const progress = () => client.getProgress({ params: { courseId } })
  await progress()
  /** Plays this, in the time that it takes. */
  const watch = async (...ranges: Range[]) => {
    await letPass(shared, stores.database, userId, 50_000)
    await client.save({ body: { courseId, lectureId, watchTime: 1, ranges } })
  }
  const told = () =>
    heard.filter((message) => message.userId === userId && message.type === 'lecture.completed')
  const events = async () => (await Outbox.find({ 'payload.userId': userId }).lean()).map((row) => row.name)
  const why = () => client.getCompletion({ params })
  const complete = () => client.complete({ body: params })
  /** As the row says it, without asking the routes that would complete it themselves. */
  const stored = async () => (await service.progress.read(userId, courseId)).completedLectures
  return {
    userId,
    courseId,
    lectureId,
    other,
    client,
    rule,
    watch,
    progress,
    told,
    events,
    why,
    complete,
    stored,
  }
}

/** Until it is so; the test's own time limit ends it otherwise. */
async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await turn()
}

test('the save that reaches the share completes the lecture, once, and the student’s devices are told', async () => {
  const { courseId, lectureId, watch, told, events, stored, progress } = await aStudent()
  await watch([0, 20])
  await watch([20, 35])
  assert.deepEqual(await stored(), [])
  await watch([35, 37])
  await until(() => told().length > 0)
  assert.deepEqual(
    told().map(({ payload }) => payload),
    [{ courseId, lectureId, completionPercentage: 50 }],
  )
  assert.deepEqual(await stored(), [lectureId])
  await watch([0, 40])
  await service.flusher.flushOnce()
  assert.equal((await progress()).completionPercentage, 50)
  assert.deepEqual(await events(), ['lecture.completed'])
  assert.equal(told().length, 1)
})

test('credits need not be watched, and watched first they do not keep the lecture from being completed', async () => {
  const credits: CompletionRule = { by: 'watching', watchedShare: 1, endSlackSeconds: 10 }
  const { lectureId, watch, told, stored, why } = await aStudent(credits)
  await watch([30, 40])
  await watch([0, 29])
  assert.deepEqual(await stored(), [])
  const { neededSeconds, watchedSeconds, missing } = await why()
  assert.deepEqual([neededSeconds, watchedSeconds, missing], [30, 29, [[29, 30]]])
  await watch([29, 30])
  await until(() => told().length > 0)
  assert.deepEqual(await stored(), [lectureId])
})

test('seeking to the end completes nothing', async () => {
  const { client, courseId, lectureId, watch, progress, why } = await aStudent()
  await watch([0, 3])
  await client.save({ body: { courseId, lectureId, watchTime: 40 } })
  await watch([38, 40])
  assert.deepEqual((await progress()).completedLectures, [])
  assert.deepEqual((await why()).missing, [[3, 38]])
})

test('a flush completes what was watched partly before Redis lost it', async () => {
  const { userId, courseId, lectureId, watch, stored } = await aStudent()
  await watch([0, 20])
  await service.flusher.flushOnce()
  for (const key of await shared.keys(`${stores.database}:prog:*:${userId}:${courseId}`))
    await shared.del(key)
  await watch([20, 40])
  assert.deepEqual(await stored(), [])
  await service.flusher.flushOnce()
  assert.deepEqual(await stored(), [lectureId])
})

test('whoever opens the course gets completed what was watched enough of by a later rule', async () => {
  const { lectureId, rule, watch, progress } = await aStudent(byHand)
  await watch([0, 40])
  await service.flusher.flushOnce()
  assert.deepEqual((await progress()).completedLectures, [])
  await rule(2, { by: 'either', watchedShare: 0.5 })
  const { completedLectures, completionPercentage } = await progress()
  assert.deepEqual([completedLectures, completionPercentage], [[lectureId], 50])
})

test('a course that asks for watching takes no completion by hand before, and says what is missing', async () => {
  const { watch, complete, stored, lectureId, why } = await aStudent(byWatching)
  await watch([0, 10])
  const refused = await refusal(complete())
  assert.deepEqual(
    [refused.status, refused.code, refused.detail],
    [
      409,
      'NOT_WATCHED_ENOUGH',
      'You have watched 0:10 of 0:40; the lecture is completed at 0:36, so 0:26 more is needed.',
    ],
  )
  assert.equal((await why()).explanation, refused.detail)
  assert.deepEqual(await stored(), [])
  await watch([10, 40])
  assert.deepEqual(await complete(), { message: 'completed' })
  assert.deepEqual(await stored(), [lectureId])
  assert.equal((await why()).explanation, 'You have completed this lecture.')
})

test('what was completed stays so and may be completed again, whatever is asked for since', async () => {
  const { complete, rule, why, progress, lectureId, events } = await aStudent(defaultCompletion)
  await complete()
  await rule(2, byWatching)
  assert.deepEqual(await complete(), { message: 'completed' })
  assert.equal((await why()).completed, true)
  assert.deepEqual((await progress()).completedLectures, [lectureId])
  assert.deepEqual(await events(), ['lecture.completed'])
})

test('a lecture whose length is not known is completed by hand, even where watching is asked for', async () => {
  const { watch, why, complete, stored, lectureId } = await aStudent(byWatching, 0)
  await watch([0, 40])
  const { completed, neededSeconds, missing, explanation } = await why()
  assert.deepEqual([completed, neededSeconds, missing], [false, 0, []])
  assert.match(explanation, /mark it as completed/)
  await complete()
  assert.deepEqual(await stored(), [lectureId])
})

test('why a lecture is not completed is told of lectures of one’s own courses alone', async () => {
  const { client, courseId, other } = await aStudent()
  const params = { courseId, lectureId: newId() }
  const unknown = await refusal(client.getCompletion({ params }))
  assert.deepEqual([unknown.code, unknown.errors?.[0]?.field], ['LECTURE_NOT_FOUND', 'params.lectureId'])
  const stranger = clientOf(service.app, progressApi, await mint.tokenFor({ role: 'student' }))
  const foreign = await refusal(stranger.getCompletion({ params: { courseId, lectureId: other } }))
  assert.deepEqual([foreign.code, foreign.errors?.[0]?.field], ['NOT_ENROLLED', 'params.courseId'])
})
