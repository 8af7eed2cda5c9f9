import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { rawCall, refusal } from '@aetherlearn/testing/client'
import { keysWith, rowsWith } from '@aetherlearn/testing/traces'
import { liveFully } from '../personal/life.fixture.ts'
import { openSchool, type Person } from '../school.fixture.ts'

const school = await openSchool()
const { service, clock, aStranger, aCourse, erase } = school
after(school.close)

const live = (student: Person) => liveFully(service, student)
const rowsOf = ({ userId }: Person) => rowsWith(service.mongo, userId)
const keysOf = ({ userId }: Person) => keysWith(service.redis, userId)
const say = ({ client }: Person, personal: boolean) => client.changeConsent({ body: { personal } })
const { client: staff } = await aStranger('admin')
async function numbersOf(courseId: string) {
  const { overview, engagementFunnel, ranking, byDay } = await staff.getDashboard({
    params: { courseId },
    query: { days: 1 },
  })
  const { keptApart, averageWatchTimeSeconds, totalViews, uniqueActiveUsers } = overview
  const steps = engagementFunnel.map(({ views, uniqueStudents, watchTimeSeconds }) => ({
    ...{ views, uniqueStudents, watchTimeSeconds },
  }))
  const minutes = ranking.map(({ uniqueMinutes }) => uniqueMinutes)
  return { keptApart, averageWatchTimeSeconds, totalViews, uniqueActiveUsers, steps, minutes, byDay }
}
async function completedOf(courseId: string) {
  const found = await service.mongo.collection('students').find().toArray()
  return found
    .filter((row) => String(row['courseId']) === courseId)
    .flatMap((row) => (row['completedLectures'] as unknown[] | undefined) ?? [])
    .map(String)
}
/** What is said of somebody by others, what they have said themselves, and that they are enrolled. */
const ALLOWED = ['consents', 'courseStaff', 'messageSettings', 'messages', 'names', 'nudgeTurns', 'students']
async function assertUnknown(student: Person) {
  const { userId } = student
  const rows = Object.keys(await rowsOf(student))
  assert.deepEqual(
    rows.filter((name) => !ALLOWED.includes(name)),
    [],
  )
  const [row] = (await service.mongo.collection('students').find().toArray()).filter(
    (one) => String(one['userId']) === userId,
  )
  const { _id, enrolledAt, ...kept }: Record<string, unknown> = row ?? {}
  assert.deepEqual(Object.keys(kept).sort(), ['active', 'courseId', 'sequence', 'userId', 'withheld'])
  assert.ok(_id && enrolledAt)
  // The second is the clock that time is granted by, which lasts for a minute.
  assert.deepEqual(await keysOf(student), [`refused:{${userId}}`, `watched:{${userId}}`])
}
const atRisk = async (courseId: string) => {
  clock.aheadMs += 30 * 86_400_000
  const { students, enrolled } = await staff.listStudentsAtRisk({
    params: { courseId },
    query: { limit: 100 },
  })
  clock.aheadMs = 0
  return { listed: students.map(({ userId }) => userId), enrolled }
}

test('who said no is counted as everybody is, and named nowhere', async () => {
  const [known, unknown] = [await aStranger(), await aStranger()]
  assert.deepEqual(await unknown.client.getConsent(), { personal: true, since: null })
  assert.equal((await say(unknown, false)).personal, false)
  const [first, second] = [await live(known), await live(unknown)]
  const shown = await numbersOf(second.courseId)
  assert.deepEqual(shown, await numbersOf(first.courseId))
  assert.deepEqual([shown.totalViews, shown.uniqueActiveUsers, shown.averageWatchTimeSeconds], [1, 1, 4])
  await assertUnknown(unknown)
  assert.deepEqual(await completedOf(second.courseId), [second.lectures[0]])
  await service.flusher.flushOnce()
  assert.deepEqual(await numbersOf(second.courseId), shown)
  await assertUnknown(unknown)
})

test('who takes it back is forgotten by name when that is answered, and all numbers stay', async () => {
  const student = await aStranger()
  const { courseId, lectures } = await live(student)
  const before = await numbersOf(courseId)
  assert.ok((await keysOf(student)).some((key) => key.endsWith(':people')))
  await say(student, false)
  await assertUnknown(student)
  await service.flusher.flushOnce()
  await assertUnknown(student)
  assert.deepEqual(await numbersOf(courseId), before)
  assert.deepEqual(await completedOf(courseId), [lectures[0]])
  const { payload } = await rawCall(service.app, {
    ...{ method: 'GET', url: '/api/v1/analytics/export', token: student.token },
  })
  const { consent, playbacks, activity, answers } = JSON.parse(payload)
  assert.deepEqual([consent.length, consent[0].personal], [1, false])
  assert.deepEqual([playbacks, activity, answers].flat(), [])
})

test('lists of students leave out who said no, and have them again when they say yes', async () => {
  const [student, other] = [await aStranger(), await aStranger()]
  const { courseId, lectureId } = await aCourse({ students: [student, other] })
  await say(student, false)
  assert.deepEqual(await atRisk(courseId), { listed: [other.userId], enrolled: 1 })
  await say(student, true)
  const { listed, enrolled } = await atRisk(courseId)
  assert.deepEqual([listed.length, enrolled], [2, 2])
  await student.client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 2 } })
  await service.flusher.flushOnce()
  assert.equal((await rowsOf(student))['playbacks'], 1)
})

for (const header of ['sec-gpc', 'dnt']) {
  test(`a request that says ${header} is counted and named nowhere, without anything being said`, async () => {
    const student = await aStranger()
    const { userId, token } = student
    const { courseId, lectureId } = await aCourse()
    const report = (value: string) =>
      rawCall(service.app, {
        ...{ method: 'POST', url: '/api/v1/analytics/telemetry', token, headers: { [header]: value } },
        body: { courseId, lectureId, watchTimeDelta: 2 },
      })
    assert.equal((await report('1')).statusCode, 200)
    assert.deepEqual(await keysOf(student), [`watched:{${userId}}`])
    await service.flusher.flushOnce()
    assert.deepEqual(await rowsOf(student), {})
    assert.equal((await numbersOf(courseId)).averageWatchTimeSeconds, 2)
    await service.redis.del(`watched:{${userId}}`)
    assert.equal((await report('0')).statusCode, 200)
    await service.flusher.flushOnce()
    assert.deepEqual(await rowsOf(student), { playbacks: 1, studentActivity: 1 })
  })
}

test('a Redis that forgot who said no is told again, and until then the flush lets no name through', async () => {
  const student = await aStranger()
  await say(student, false)
  const { courseId, lectureId } = await aCourse()
  const report = () =>
    student.client.trackTelemetry({
      body: { courseId, lectureId, watchTimeDelta: 2, sessionId: 'session-one' },
    })
  await service.wipeRedis()
  await report()
  assert.ok((await keysOf(student)).some((key) => key.endsWith(':people')))
  await service.flusher.flushOnce()
  assert.deepEqual(Object.keys(await rowsOf(student)), ['consents'])
  await service.consents.followDue()
  await report()
  assert.deepEqual(await keysOf(student), [`refused:{${student.userId}}`, `watched:{${student.userId}}`])
})

test('what was under way when somebody said no is gone two minutes later', async () => {
  const student = await aStranger()
  const { courseId } = await live(student)
  await say(student, false)
  await service.mongo.collection('playbacks').insertOne({ courseId, userId: student.userId })
  await service.consents.followDue()
  assert.ok('playbacks' in (await rowsOf(student)))
  clock.aheadMs += 2 * 60_000
  await service.consents.followDue()
  clock.aheadMs = 0
  await assertUnknown(student)
})

test('what was said goes with the account, and nobody says anything after that', async () => {
  const student = await aStranger()
  await say(student, false)
  await erase(student.userId)
  assert.deepEqual(await rowsOf(student), { erasedUsers: 1 })
  assert.deepEqual(await keysOf(student), [`watched:{${student.userId}}`])
  assert.equal((await refusal(say(student, true))).code, 'UNAUTHENTICATED')
})
