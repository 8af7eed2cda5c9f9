import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { enrolmentCreated } from '@aetherlearn/contracts/course/events'
import { progressApi } from '@aetherlearn/contracts/progress'
import type { LateReport } from '@aetherlearn/contracts/progress/late'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { lengthOf } from '../watch/ranges.ts'

const NOW = Date.parse('2026-05-20T12:00:00Z')
const [MINUTE, DAY] = [60_000, 24 * 3600_000]
let clock = NOW

const stores = await testStores()
const mint = await createTokenMint()
const options = { now: () => clock, lateLimit: 600 }
const service = await openFixture(stores, mint.verifyToken, options)
/** The same service in another process, as far as its memory goes. */
const twin = await openFixture(stores, mint.verifyToken, options)
after(async () => {
  await Promise.all([service.close(), twin.close()])
  await stores.close()
})

type Details = Parameters<typeof service.publish>[3]
async function aStudent(details: Details = {}, lectureCount = 2) {
  clock = NOW
  const [userId, courseId] = [newId(), newId()]
  const lectures = Array.from({ length: lectureCount }, newId)
  await service.publish(courseId, lectures, 1, details)
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const elsewhere = clientOf(twin.app, progressApi, token)
  const [lectureId = ''] = lectures
  const report = (clientTime: number, more: Partial<LateReport> = {}): LateReport => ({
    id: newId(),
    courseId,
    lectureId,
    watchTime: 1,
    clientTime,
    ...more,
  })
  const send = (...events: LateReport[]) => client.batch({ body: { events } })
  const progress = () => client.getProgress({ params: { courseId } })
  return { userId, courseId, lectures, lectureId, token, client, elsewhere, report, send, progress }
}
const fieldsOf = (problem: { errors?: { field: string }[] | undefined }) =>
  problem.errors?.map(({ field }) => field)

test('what was watched offline counts as watched, on the days it was watched', async () => {
  const { report, send, progress, client, lectureId } = await aStudent({ durationSeconds: 600 })
  const yesterday = NOW - DAY
  const events = [
    report(yesterday, { ranges: [[0, 90]], watchTime: 90 }),
    report(NOW - MINUTE, { ranges: [[100, 130]], watchTime: 130 }),
  ]
  assert.deepEqual(await send(...events), { message: 'synced', accepted: 2, known: 0 })
  const { ranges, watchTimes, lastWatchedLecture } = await progress()
  assert.deepEqual(ranges, { [lectureId]: [[0, 90], [100, 130]] }) // prettier-ignore
  assert.deepEqual(watchTimes, { [lectureId]: 130 })
  assert.equal(lastWatchedLecture, lectureId)
  const days = await client.getHeatmap()
  assert.deepEqual(days, [{ date: '2026-05-19', count: 2 }, { date: '2026-05-20', count: 1 }]) // prettier-ignore
  assert.equal((await client.getStudentStats()).currentStreak, 2)
})

test('sent again, it is known, and nothing changes', async () => {
  const { report, send, progress, client } = await aStudent()
  const events = [
    report(NOW - DAY, { ranges: [[0, 30]] }),
    report(NOW - DAY + MINUTE, { ranges: [[30, 59]] }),
  ]
  await send(...events)
  const before = [await progress(), await client.getHeatmap(), await client.getStudentStats()]
  assert.deepEqual(await send(...events, ...events), { message: 'synced', accepted: 0, known: 4 })
  assert.deepEqual([await progress(), await client.getHeatmap(), await client.getStudentStats()], before)
})

test('enough of a lecture completes it, without a count of its own on the day it was told', async () => {
  const { report, send, progress, client, lectureId } = await aStudent()
  await send(report(NOW - 3 * DAY, { ranges: [[0, 56]] }))
  const { completedLectures, completionPercentage } = await progress()
  assert.deepEqual([completedLectures, completionPercentage], [[lectureId], 50])
  assert.deepEqual(await client.getHeatmap(), [{ date: '2026-05-17', count: 1 }])
  const { totalCompleted, lastActiveDate } = await client.getStudentStats()
  assert.deepEqual([totalCompleted, lastActiveDate], [1, '2026-05-17'])
})

test('a lecture said to be completed is, unless only watching completes it', async () => {
  const byHand = await aStudent()
  await byHand.send(byHand.report(NOW - DAY, { completed: true }))
  assert.deepEqual((await byHand.progress()).completedLectures, [byHand.lectureId])
  const byWatching = await aStudent({ completion: { by: 'watching', watchedShare: 0.9 } })
  await byWatching.send(byWatching.report(NOW - DAY, { completed: true, ranges: [[0, 9]] }))
  assert.deepEqual((await byWatching.progress()).completedLectures, [])
})

test('a position of before does not replace a later one, and one of after does', async () => {
  const { report, send, progress, client, courseId, lectureId } = await aStudent()
  const save = (watchTime: number) => client.save({ body: { courseId, lectureId, watchTime } })
  // Saves have the time of Redis.
  clock = Date.now()
  await save(40)
  await send(report(clock - MINUTE, { watchTime: 20 }))
  assert.equal((await progress()).watchTimes[lectureId], 40)
  await service.flusher.flushOnce()
  assert.equal((await progress()).watchTimes[lectureId], 40)
  clock = Date.now() + MINUTE
  await send(report(clock - 1000, { watchTime: 50 }))
  assert.equal((await progress()).watchTimes[lectureId], 50)
  await service.flusher.flushOnce()
  assert.equal((await progress()).watchTimes[lectureId], 50)
})

test('of one moment the larger second stays, in whatever order they come', async () => {
  for (const order of [
    [7, 5],
    [5, 7],
  ]) {
    // prettier-ignore
    const { report, send, progress, lectureId } = await aStudent()
    for (const watchTime of order) await send(report(NOW - DAY, { watchTime }))
    assert.equal((await progress()).watchTimes[lectureId], 7)
  }
})

test('a clock that is ahead does not hold up what is saved after it', async () => {
  const { report, send, progress, client, courseId, lectureId } = await aStudent()
  clock = Date.now()
  await send(report(clock + 5 * MINUTE, { watchTime: 50 }))
  await client.save({ body: { courseId, lectureId, watchTime: 3 } })
  assert.equal((await progress()).watchTimes[lectureId], 3)
})

test('time that was watched live is not credited again', async () => {
  const { report, send, progress, client, courseId, lectures } = await aStudent({ durationSeconds: 600 })
  const [one = '', other = ''] = lectures
  clock = Date.now()
  // Before the student's clock is opened: what passes from there on may be credited.
  const started = performance.now()
  await progress()
  const saved = await client.save({ body: { courseId, lectureId: one, watchTime: 2, ranges: [[0, 2]] } })
  assert.equal(saved.acceptedSeconds, 2)
  await send(report(Date.now(), { lectureId: other, ranges: [[0, 3]] }))
  const passed = (performance.now() - started) / 1000
  const ranges = (await progress()).ranges[other] ?? []
  // Two of the three seconds before it are taken, and what passed since then is not.
  assert.ok(lengthOf(ranges) <= 1.01 + passed, `${lengthOf(ranges)} s`)
})

test('thirty days and five minutes are the limits, to the second', async () => {
  const { report, send } = await aStudent()
  assert.equal((await send(report(NOW - 30 * DAY), report(NOW + 5 * MINUTE))).accepted, 2)
  for (const clientTime of [
    NOW - 30 * DAY - 1000,
    NOW + 5 * MINUTE + 1000,
    Date.parse('2025-12-31T23:59:59Z'),
  ]) {
    const problem = await refusal(send(report(NOW), report(clientTime)))
    assert.deepEqual([problem.code, fieldsOf(problem)], ['INVALID_INPUT', ['body.events.1.clientTime']])
  }
})

test('what happened before the enrolment is refused', async () => {
  const { userId, report, send } = await aStudent()
  const courseId = newId()
  const lectureId = newId()
  await service.publish(courseId, [lectureId])
  const at = (moment: number) => new Date(moment).toISOString()
  await service.hear(enrolmentCreated, { userId, courseId, sequence: 3, at: at(NOW - DAY) })
  // It was enrolled before; that event comes late.
  await service.hear(enrolmentCreated, { userId, courseId, sequence: 1, at: at(NOW - 2 * DAY) })
  const early = report(NOW - 2 * DAY - 1000, { courseId, lectureId })
  assert.deepEqual(fieldsOf(await refusal(send(early))), ['body.events.0.clientTime'])
  assert.equal((await send(report(NOW - 2 * DAY, { courseId, lectureId }))).accepted, 1)
})

test('every event that is wrong is named, and none of the others is kept', async () => {
  const { report, send, progress, client } = await aStudent()
  const twice = report(NOW)
  const problem = await refusal(
    send(
      report(NOW, { ranges: [[0, 5]] }),
      report(NOW, { lectureId: newId() }),
      report(NOW, { courseId: newId() }),
      report(NOW - 31 * DAY, { lectureId: newId() }),
      twice,
    ),
  )
  assert.equal(problem.code, 'INVALID_INPUT')
  assert.deepEqual(fieldsOf(problem), [
    'body.events.1.lectureId',
    'body.events.2.courseId',
    'body.events.3.lectureId',
    'body.events.3.clientTime',
  ])
  const unreadable = await refusal(
    send(
      report(NOW, { ranges: [[0, 5], [5, 5]] }), // prettier-ignore
      { ...report(NOW), clientTime: '2026-02-30T25:00:00Z' },
      twice,
      { ...twice, watchTime: 2 },
    ),
  )
  assert.deepEqual(fieldsOf(unreadable), [
    'body.events.0.ranges.1',
    'body.events.1.clientTime',
    'body.events.3.id',
  ])
  const { ranges, watchTimes, lastWatchedLecture } = await progress()
  assert.deepEqual([ranges, watchTimes, lastWatchedLecture], [{}, {}, null])
  assert.deepEqual(await client.getHeatmap(), [])
})

test('one kind of fault is answered with its own code', async () => {
  const { report, send, userId } = await aStudent()
  assert.equal((await refusal(send(report(NOW, { lectureId: newId() })))).code, 'LECTURE_NOT_FOUND')
  assert.equal((await refusal(send(report(NOW, { courseId: newId() })))).code, 'COURSE_NOT_FOUND')
  const elsewhere = await aStudent()
  const foreign = { courseId: elsewhere.courseId, lectureId: elsewhere.lectureId }
  assert.equal((await refusal(send(report(NOW, foreign)))).code, 'NOT_ENROLLED')
  assert.equal(await service.mongo.collection('lateLearners').countDocuments({ _id: userId as never }), 0)
})

test('what comes again is accepted after its lecture is gone, but under its id nothing else is', async () => {
  const { report, send, courseId, lectures } = await aStudent()
  const event = report(NOW - DAY)
  await send(event)
  await service.publish(courseId, lectures.slice(1), 2)
  assert.equal((await refusal(send(report(NOW)))).code, 'LECTURE_NOT_FOUND')
  assert.deepEqual(await send(event), { message: 'synced', accepted: 0, known: 1 })
  assert.deepEqual(fieldsOf(await refusal(send({ ...event, watchTime: 2 }))), ['body.events.0.id'])
})

test('values that are no reports are refused with their field', async () => {
  const { report, token } = await aStudent()
  const url = '/api/v1/progress/batch'
  const refused = async (change: object) => {
    const body = { events: [report(NOW), { ...report(NOW), ...change }] }
    const answer = await rawCall(service.app, { method: 'POST', url, token, body })
    return [answer.statusCode, ...new Set(fieldsOf(answer.json()))]
  }
  assert.deepEqual(await refused({ watchTime: -1 }), [400, 'body.events.1.watchTime'])
  assert.deepEqual(await refused({ watchTime: '5' }), [400, 'body.events.1.watchTime'])
  assert.deepEqual(await refused({ clientTime: 'yesterday' }), [400, 'body.events.1.clientTime'])
  assert.deepEqual(await refused({ clientTime: 1e300 }), [400, 'body.events.1.clientTime'])
  assert.deepEqual(await refused({ id: { $ne: '' } }), [400, 'body.events.1.id'])
  assert.deepEqual(await refused({ rate: 0 }), [400, 'body.events.1.rate'])
  assert.deepEqual(await refused({ userId: newId() }), [400, 'body.events.1.userId'])
  const none = await rawCall(service.app, { method: 'POST', url, token, body: { events: [] } })
  assert.equal(none.statusCode, 400)
})

test('other devices hear of a position only if it is the one to resume at', async () => {
  const { report, send, client, userId, courseId, lectures } = await aStudent()
  const [one = '', other = ''] = lectures
  clock = Date.now()
  await client.save({ body: { courseId, lectureId: one, watchTime: 40 } })
  const heard: unknown[] = []
  const listener = await stores.connectRedis()
  listener.on('message', (_channel, text: string) => {
    const message = JSON.parse(text) as { userId: string; type: string; payload: { lectureId: string } }
    if (message.userId === userId) heard.push([message.type, message.payload.lectureId])
  })
  await listener.subscribe('notifications')
  await send(report(clock - MINUTE, { lectureId: one }), report(clock - MINUTE, { lectureId: other }))
  // What was said before this has arrived with it.
  await client.save({ body: { courseId, lectureId: one, watchTime: 41 } })
  await new Promise<void>((resolve) => {
    listener.on('message', () => heard.length > 1 && resolve())
    if (heard.length > 1) resolve()
  })
  assert.deepEqual(heard, [['watch.position', other], ['watch.position', one]]) // prettier-ignore
})

test('a student’s reports have a limit, and reaching it changes nothing', async () => {
  const { report, send, progress } = await aStudent({ durationSeconds: 6000 })
  const many = Array.from({ length: 500 }, (_, i) => report(NOW - DAY + i * 1000))
  await send(...many)
  const before = await progress()
  const problem = await refusal(
    send(...many.map((event) => ({ ...event, id: newId(), ranges: [[0, 9]] as [[number, number]] }))),
  )
  assert.deepEqual([problem.status, problem.code], [429, 'LATE_REPORTS_FULL'])
  assert.deepEqual(await progress(), before)
  assert.equal((await send(...many)).known, 500)
  assert.equal((await send(report(NOW))).accepted, 1)
})

test('what a student’s reports claim has a limit, too', async () => {
  const { report, send } = await aStudent({ durationSeconds: 6000 })
  const ranges = Array.from({ length: 50 }, (_, i): [number, number] => [i * 100, i * 100 + 1])
  const many = (count: number) => Array.from({ length: count }, () => report(NOW - DAY, { ranges }))
  assert.equal((await send(...many(24))).accepted, 24)
  assert.equal((await refusal(send(...many(1)))).code, 'LATE_REPORTS_FULL')
})
