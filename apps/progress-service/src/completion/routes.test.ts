import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { retry } from '@aetherlearn/sdk/retry'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
let clock = Date.now
const service = await openFixture(stores, mint.verifyToken, { now: () => clock() })
/** The same service in another process, as far as its memory goes. */
const twin = await openFixture(stores, mint.verifyToken, { now: () => clock() })
const Outbox = outboxModel(service.mongo)
after(async () => {
  await Promise.all([service.close(), twin.close()])
  await stores.close()
})
const setClock = (time: string) => {
  clock = () => Date.parse(time)
}

async function aStudent(lectureCount = 2) {
  const [userId, courseId] = [newId(), newId()]
  const lectures = Array.from({ length: lectureCount }, newId)
  await service.publish(courseId, lectures)
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const complete = (lectureId = lectures[0] ?? '') => client.complete({ body: { courseId, lectureId } })
  const events = async (name: string) => Outbox.find({ name, 'payload.userId': userId }).lean()
  return { userId, courseId, lectures, token, client, complete, events }
}

test('a completion moves percentage, streak, heatmap and total, and is told to other services', async () => {
  setClock('2026-05-01T12:00:00Z')
  const { client, courseId, lectures, complete, events, userId } = await aStudent()
  assert.deepEqual(await complete(), { message: 'completed' })
  const progress = await client.getProgress({ params: { courseId } })
  assert.equal(progress.completionPercentage, 50)
  assert.deepEqual(progress.completedLectures, [lectures[0]])
  assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: 50 }])
  assert.deepEqual(await client.getStudentStats(), {
    currentStreak: 1,
    longestStreak: 1,
    totalCompleted: 1,
    lastActiveDate: '2026-05-01',
    freezeDays: 0,
    timeZone: 'UTC',
  })
  assert.deepEqual(await client.getHeatmap(), [{ date: '2026-05-01', count: 1 }])
  const [told] = await events('lecture.completed')
  const fact = { courseId, userId, at: '2026-05-01T12:00:00.000Z' }
  assert.deepEqual(told?.payload, { ...fact, lectureId: lectures[0] })
  assert.deepEqual(await events('course.completed'), [])
  await complete(lectures[1])
  assert.equal((await client.getProgress({ params: { courseId } })).completionPercentage, 100)
  assert.deepEqual(
    (await events('course.completed')).map((row) => row.payload),
    [fact],
  )
})

test('fifty completions at once, in two processes, are one', async () => {
  setClock('2026-05-01T12:00:00Z')
  const { client, courseId, lectures, token, complete, events } = await aStudent(1)
  const body = { courseId, lectureId: lectures[0] ?? '' }
  const elsewhere = clientOf(twin.app, progressApi, token)
  const calls = Array.from({ length: 50 }, (_, i) =>
    retry(() => (i % 2 === 0 ? complete() : elsewhere.complete({ body }))),
  )
  const answers = await Promise.all(calls)
  assert.deepEqual(new Set(answers.map((answer) => answer.message)), new Set(['completed']))
  const { currentStreak, totalCompleted } = await client.getStudentStats()
  assert.deepEqual({ currentStreak, totalCompleted }, { currentStreak: 1, totalCompleted: 1 })
  assert.deepEqual(await client.getHeatmap(), [{ date: '2026-05-01', count: 1 }])
  assert.equal((await events('lecture.completed')).length, 1)
  assert.equal((await events('course.completed')).length, 1)
})

test('different lectures completed at once all count, and the streak steps once', async () => {
  setClock('2026-05-01T12:00:00Z')
  const { client, lectures, complete, events } = await aStudent(6)
  // Where all of them want one row, a busy machine sends some away, and they come again.
  await Promise.all(lectures.map((lectureId) => retry(() => complete(lectureId))))
  const { currentStreak, totalCompleted } = await client.getStudentStats()
  assert.deepEqual({ currentStreak, totalCompleted }, { currentStreak: 1, totalCompleted: 6 })
  assert.equal((await events('course.completed')).length, 1)
})

test('the streak goes on over midnight UTC, and is lost after a day left out', async () => {
  const { client, lectures, complete } = await aStudent(3)
  setClock('2026-05-01T23:59:59Z')
  await complete(lectures[0])
  setClock('2026-05-02T00:00:01Z')
  await complete(lectures[0])
  assert.equal((await client.getStudentStats()).currentStreak, 1)
  await complete(lectures[1])
  assert.equal((await client.getStudentStats()).currentStreak, 2)
  setClock('2026-05-04T00:00:00Z')
  const lost = await client.getStudentStats()
  assert.deepEqual([lost.currentStreak, lost.longestStreak, lost.lastActiveDate], [0, 2, '2026-05-02'])
  await complete(lectures[2])
  assert.equal((await client.getStudentStats()).currentStreak, 1)
})

test('a course that grows is no longer whole, and completing it again is not told again', async () => {
  setClock('2026-05-01T12:00:00Z')
  const { client, courseId, lectures, complete, events } = await aStudent(1)
  await complete()
  const added = newId()
  await service.publish(courseId, [...lectures, added], 2)
  assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: 50 }])
  await complete(added)
  assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: 100 }])
  assert.equal((await events('course.completed')).length, 1)
})

test('positions and completions of one course stand side by side', async () => {
  const { client, courseId, lectures, complete } = await aStudent()
  clock = Date.now
  await complete()
  await client.save({ body: { courseId, lectureId: lectures[1] ?? '', watchTime: 30 } })
  await service.flusher.flushOnce()
  const progress = await client.getProgress({ params: { courseId } })
  assert.deepEqual(progress.completedLectures, [lectures[0]])
  assert.deepEqual(progress.watchTimes, { [lectures[1] ?? '']: 30 })
})

test('the overview names every course the student is in, and no other', async () => {
  const { client, userId, courseId } = await aStudent()
  const another = newId()
  await service.publish(another, [newId()])
  assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: 0 }])
  await service.enrol(userId, another)
  const named = (await client.getCourseProgress()).map((course) => course.courseId)
  assert.deepEqual(new Set(named), new Set([courseId, another]))
  await service.leave(userId, another)
  assert.deepEqual(await client.getCourseProgress(), [{ courseId, progress: 0 }])
})

test('what cannot be completed is refused, and nothing is counted', async () => {
  const { client, courseId, token } = await aStudent()
  const stranger = clientOf(service.app, progressApi, await mint.tokenFor({ role: 'student' }))
  const body = { courseId, lectureId: newId() }
  assert.equal((await refusal(client.complete({ body }))).code, 'LECTURE_NOT_FOUND')
  assert.equal((await refusal(stranger.complete({ body }))).code, 'NOT_ENROLLED')
  for (const [bad, field] of [
    [{ ...body, completed: true }, 'body.completed'],
    [{ courseId }, 'body.lectureId'],
    [{ courseId, lectureId: 7 }, 'body.lectureId'],
  ] as const) {
    const response = await rawCall(service.app, {
      method: 'POST',
      url: progressApi.complete.url,
      token,
      body: bad,
    })
    assert.deepEqual([response.statusCode, response.json().errors[0].field], [400, field])
  }
  assert.equal((await client.getStudentStats()).totalCompleted, 0)
})
