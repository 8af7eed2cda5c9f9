import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { courseDeleted } from '@aetherlearn/contracts/course/events'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})

const nothingApart = { ownViews: 0, ownWatchTimeSeconds: 0, botReports: 0, replayedSeconds: 0 }

/** Whoever is nobody else: those who watch are counted by sketches. */
const nextPerson = knownIds()

async function aCourse() {
  const [courseId, creatorId] = [newId(), newId()]
  const [first, second] = [newId(), newId()]
  await service.publish({ courseId, creatorId, lectures: [first, second] })
  const as = async (role: 'student' | 'instructor' | 'admin', id = nextPerson()) =>
    clientOf(service.app, analyticsApi, await mint.tokenFor({ role, id }))
  const creator = await as('instructor', creatorId)
  const dashboard = () => creator.getDashboard({ params: { courseId } })
  return { courseId, creatorId, first, second, as, creator, dashboard }
}

test('a course that nobody has opened shows zeros, and its lectures in curriculum order', async () => {
  const { first, second, dashboard } = await aCourse()
  const asked = Date.now()
  const { overview, engagementFunnel, definitions } = await dashboard()
  const answered = Date.now()
  assert.match(definitions['views'] ?? '', /once per player session/)
  const asOf = Date.parse(overview.asOf)
  assert.ok(asked <= asOf && asOf <= answered, overview.asOf)
  assert.deepEqual(overview, {
    totalViews: 0,
    uniqueActiveUsers: 0,
    averageWatchTimeSeconds: 0,
    totalWatchTimeSeconds: 0,
    mostWatchedLecture: null,
    leastWatchedLecture: null,
    keptApart: nothingApart,
    storedAt: null,
    asOf: overview.asOf,
  })
  const empty = { views: 0, uniqueStudents: 0, watchTimeSeconds: 0, dropOffPercent: 0 }
  assert.deepEqual(engagementFunnel, [
    { lectureId: first, lectureTitle: 'Lecture 1', ...empty },
    { lectureId: second, lectureTitle: 'Lecture 2', ...empty },
  ])
})

test('who works on a course with that right sees its dashboard, and no longer after they left', async () => {
  const { courseId, as } = await aCourse()
  const id = newId()
  const assistant = await as('instructor', id)
  const look = () => assistant.getDashboard({ params: { courseId } })
  assert.equal((await refusal(look())).code, 'FORBIDDEN')
  await service.changeStaff({ courseId, staffIds: [newId(), id], sequence: 1 })
  assert.equal((await look()).overview.totalViews, 0)
  await service.changeStaff({ courseId, staffIds: [], sequence: 3 })
  assert.equal((await refusal(look())).code, 'FORBIDDEN')
  // Comes late: what it says was changed since.
  await service.changeStaff({ courseId, staffIds: [id], sequence: 2 })
  assert.equal((await refusal(look())).code, 'FORBIDDEN')
})

test('staff named before the course is published sees it from then on', async () => {
  const [courseId, id] = [newId(), newId()]
  await service.changeStaff({ courseId, staffIds: [id], sequence: 1 })
  await service.publish({ courseId, creatorId: newId(), lectures: [newId()] })
  const editor = clientOf(service.app, analyticsApi, await mint.tokenFor({ role: 'instructor', id }))
  assert.equal((await editor.getDashboard({ params: { courseId } })).engagementFunnel.length, 1)
})

test('the dashboard shows what students did, at once and after the flush', async () => {
  const { courseId, first, second, as, dashboard } = await aCourse()
  const [ana, ben] = [await as('student'), await as('student')]
  for (const student of [ana, ben, ana]) {
    assert.deepEqual(await student.trackView({ params: { courseId } }), { message: 'tracked' })
  }
  const watch = { courseId, lectureId: first, sessionId: 'session-one' }
  assert.deepEqual(await ana.trackTelemetry({ body: { ...watch, watchTimeDelta: 20.5 } }), {
    message: 'tracked',
  })
  await ben.trackTelemetry({ body: { ...watch, watchTimeDelta: 9.5 } })
  const cat = await as('student')
  await cat.trackTelemetry({ body: { courseId, lectureId: second, watchTimeDelta: 6 } })
  const live = await dashboard()
  const began = Date.now()
  await service.flusher.flushOnce()
  const ended = Date.now()
  const flushed = await dashboard()
  assert.equal(live.overview.storedAt, null)
  const storedAt = Date.parse(flushed.overview.storedAt ?? '')
  assert.ok(began <= storedAt && storedAt <= ended, `${flushed.overview.storedAt}`)
  for (const { overview, engagementFunnel, byDay } of [live, flushed]) {
    const date = overview.asOf.slice(0, 10)
    const today = { date, views: 3, playbacks: 3, watchTimeSeconds: 36, uniqueStudents: 3 }
    assert.deepEqual([byDay.length, byDay.at(-1)], [30, today])
    assert.ok(byDay.slice(0, -1).every((day) => day.views === 0))
    assert.deepEqual(overview, {
      totalViews: 3,
      uniqueActiveUsers: 3,
      averageWatchTimeSeconds: 12,
      totalWatchTimeSeconds: 36,
      mostWatchedLecture: { lectureId: first, lectureTitle: 'Lecture 1', watchTimeSeconds: 30 },
      leastWatchedLecture: { lectureId: second, lectureTitle: 'Lecture 2', watchTimeSeconds: 6 },
      keptApart: nothingApart,
      storedAt: overview.storedAt,
      asOf: overview.asOf,
    })
    const [one, two] = engagementFunnel
    const common = { views: 2, uniqueStudents: 2, watchTimeSeconds: 30, dropOffPercent: 0 }
    assert.deepEqual(one, { lectureId: first, lectureTitle: 'Lecture 1', ...common })
    assert.deepEqual(two, {
      lectureId: second,
      lectureTitle: 'Lecture 2',
      views: 1,
      uniqueStudents: 1,
      watchTimeSeconds: 6,
      dropOffPercent: 50,
    })
  }
})

test('only the creator and admins see a dashboard', async () => {
  const { courseId, as, dashboard } = await aCourse()
  await dashboard()
  await (await as('admin')).getDashboard({ params: { courseId } })
  for (const role of ['instructor', 'student'] as const) {
    const problem = await refusal((await as(role)).getDashboard({ params: { courseId } }))
    assert.deepEqual([problem.status, problem.code], [403, 'FORBIDDEN'], role)
  }
})

test('as many days are shown as are asked for, a year at most', async () => {
  const { courseId, creator } = await aCourse()
  const look = (days: number) => creator.getDashboard({ params: { courseId }, query: { days } })
  for (const days of [1, 365]) assert.equal((await look(days)).byDay.length, days)
  for (const days of [0, 366, 1.5, -1]) {
    const { code, errors } = await refusal(look(days))
    assert.deepEqual([code, errors?.[0]?.field], ['INVALID_INPUT', 'query.days'])
  }
})

test('a course that was never published is unknown', async () => {
  const { creator } = await aCourse()
  const problem = await refusal(creator.getDashboard({ params: { courseId: newId() } }))
  assert.deepEqual(
    [problem.status, problem.code, problem.errors?.[0]?.field],
    [404, 'COURSE_NOT_FOUND', 'params.courseId'],
  )
})

test('students are still counted once each after Redis was wiped', async () => {
  const { courseId, first, second, as, dashboard } = await aCourse()
  const [ana, ben, cat] = [await as('student'), await as('student'), await as('student')]
  const watch = { courseId, lectureId: first, watchTimeDelta: 5 }
  for (const student of [ana, ben]) await student.trackTelemetry({ body: watch })
  await service.flusher.flushOnce()
  await service.wipeRedis()
  assert.equal((await dashboard()).overview.uniqueActiveUsers, 2)
  await service.wipeRedis()
  for (const student of [ben, cat]) await student.trackTelemetry({ body: { ...watch, lectureId: second } })
  await service.flusher.flushOnce()
  await service.wipeRedis()
  const { overview, engagementFunnel, byDay } = await dashboard()
  assert.equal(overview.uniqueActiveUsers, 3)
  assert.equal(byDay.at(-1)?.uniqueStudents, 3)
  assert.equal(overview.totalWatchTimeSeconds, 20)
  assert.deepEqual(
    engagementFunnel.map((step) => step.uniqueStudents),
    [2, 2],
  )
})

test('who came back after Redis was wiped is one student of today, before the next flush too', async () => {
  const { courseId, first, as, dashboard } = await aCourse()
  const [ana, ben, cat] = [await as('student'), await as('student'), await as('student')]
  const watch = { courseId, lectureId: first, watchTimeDelta: 5 }
  for (const student of [ana, ben]) await student.trackTelemetry({ body: watch })
  await service.flusher.flushOnce()
  await service.wipeRedis()
  for (const student of [ben, cat]) await student.trackTelemetry({ body: watch })
  const { overview, byDay } = await dashboard()
  assert.deepEqual([overview.uniqueActiveUsers, byDay.at(-1)?.uniqueStudents], [3, 3])
})

test('a removed course has no numbers any more, and a late event does not bring it back', async () => {
  const { courseId, creatorId, first, creator, dashboard } = await aCourse()
  await dashboard()
  await service.hear(courseDeleted, { courseId, version: 7 })
  assert.equal((await refusal(dashboard())).code, 'COURSE_NOT_FOUND')
  await service.publish({ courseId, creatorId, lectures: [first], version: 6 })
  const again = creator.getDashboard({ params: { courseId } })
  assert.equal((await refusal(again)).code, 'COURSE_NOT_FOUND')
})
