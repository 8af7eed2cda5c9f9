import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { userErased } from '@aetherlearn/contracts/identity'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { keysWith, liveFully, rowsWith } from '../personal/life.fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const clock = { aheadMs: 0 }
const now = () => Date.now() + clock.aheadMs
const service = await openFixture(stores, mint.verifyToken, { now })
after(async () => {
  await service.close()
  await stores.close()
})

async function aStudent() {
  const userId = newId()
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  return { userId, token, client: clientOf(service.app, analyticsApi, token) }
}
type Student = Awaited<ReturnType<typeof aStudent>>
async function live(student: Student) {
  const place = { courseId: newId(), lectures: [newId(), newId()] }
  await liveFully(service, { ...student, ...place })
  return place
}
const say = ({ client }: Student, personal: boolean) => client.changeConsent({ body: { personal } })
const staff = async () => clientOf(service.app, analyticsApi, await mint.tokenFor({ role: 'admin' }))
async function numbersOf(courseId: string) {
  const { overview, engagementFunnel, ranking, byDay } = await (
    await staff()
  ).getDashboard({ params: { courseId }, query: { days: 1 } })
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
async function assertUnknown({ userId }: Student) {
  const rows = Object.keys(await rowsWith(service, userId))
  assert.deepEqual(
    rows.filter((name) => !ALLOWED.includes(name)),
    [],
  )
  const [row] = (await service.mongo.collection('students').find().toArray()).filter(
    (student) => String(student['userId']) === userId,
  )
  const { _id, enrolledAt, ...kept }: Record<string, unknown> = row ?? {}
  assert.deepEqual(Object.keys(kept).sort(), ['active', 'courseId', 'sequence', 'userId', 'withheld'])
  assert.ok(_id && enrolledAt)
  // The second is the clock that time is granted by, which lasts for a minute.
  assert.deepEqual(await keysWith(service, userId), [`refused:{${userId}}`, `watched:{${userId}}`])
}
const atRisk = async (courseId: string) => {
  clock.aheadMs += 30 * 86_400_000
  const { students, enrolled } = await (
    await staff()
  ).listStudentsAtRisk({ params: { courseId }, query: { limit: 100 } })
  clock.aheadMs = 0
  return { listed: students.map(({ userId }) => userId), enrolled }
}

test('who said no is counted as everybody is, and named nowhere', async () => {
  const [known, unknown] = [await aStudent(), await aStudent()]
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
  const student = await aStudent()
  const { courseId, lectures } = await live(student)
  const before = await numbersOf(courseId)
  assert.ok((await keysWith(service, student.userId)).some((key) => key.endsWith(':people')))
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
  const [student, other] = [await aStudent(), await aStudent()]
  const courseId = newId()
  const at = new Date(now()).toISOString()
  await service.publish({ courseId, creatorId: newId(), lectures: [newId()] })
  for (const { userId } of [student, other]) await service.enrol({ courseId, userId, at })
  await say(student, false)
  assert.deepEqual(await atRisk(courseId), { listed: [other.userId], enrolled: 1 })
  await say(student, true)
  const { listed, enrolled } = await atRisk(courseId)
  assert.deepEqual([listed.length, enrolled], [2, 2])
  await student.client.trackTelemetry({
    body: {
      courseId,
      lectureId: (await service.directory.requireCourse(courseId, 'body')).lectures[0]!.lectureId,
      watchTimeDelta: 2,
    },
  })
  await service.flusher.flushOnce()
  assert.equal((await rowsWith(service, student.userId))['playbacks'], 1)
})

for (const header of ['sec-gpc', 'dnt']) {
  test(`a request that says ${header} is counted and named nowhere, without anything being said`, async () => {
    const { userId, token } = await aStudent()
    const [courseId, lectureId] = [newId(), newId()]
    await service.publish({ courseId, creatorId: newId(), lectures: [lectureId] })
    const report = (value: string) =>
      rawCall(service.app, {
        ...{ method: 'POST', url: '/api/v1/analytics/telemetry', token, headers: { [header]: value } },
        body: { courseId, lectureId, watchTimeDelta: 2 },
      })
    assert.equal((await report('1')).statusCode, 200)
    assert.deepEqual(await keysWith(service, userId), [`watched:{${userId}}`])
    await service.flusher.flushOnce()
    assert.deepEqual(await rowsWith(service, userId), {})
    assert.equal((await numbersOf(courseId)).averageWatchTimeSeconds, 2)
    await service.redis.del(`watched:{${userId}}`)
    assert.equal((await report('0')).statusCode, 200)
    await service.flusher.flushOnce()
    assert.deepEqual(await rowsWith(service, userId), { playbacks: 1, studentActivity: 1 })
  })
}

test('a Redis that forgot who said no is told again, and until then the flush lets no name through', async () => {
  const student = await aStudent()
  await say(student, false)
  const [courseId, lectureId] = [newId(), newId()]
  await service.publish({ courseId, creatorId: newId(), lectures: [lectureId] })
  const report = () =>
    student.client.trackTelemetry({
      body: { courseId, lectureId, watchTimeDelta: 2, sessionId: 'session-one' },
    })
  await service.wipeRedis()
  await report()
  assert.ok((await keysWith(service, student.userId)).some((key) => key.endsWith(':people')))
  await service.flusher.flushOnce()
  assert.deepEqual(Object.keys(await rowsWith(service, student.userId)), ['consents'])
  await service.consents.followDue()
  await report()
  assert.deepEqual(await keysWith(service, student.userId), [
    `refused:{${student.userId}}`,
    `watched:{${student.userId}}`,
  ])
})

test('what was under way when somebody said no is gone two minutes later', async () => {
  const student = await aStudent()
  const { courseId } = await live(student)
  await say(student, false)
  await service.mongo.collection('playbacks').insertOne({ courseId, userId: student.userId })
  await service.consents.followDue()
  assert.ok('playbacks' in (await rowsWith(service, student.userId)))
  clock.aheadMs += 2 * 60_000
  await service.consents.followDue()
  clock.aheadMs = 0
  await assertUnknown(student)
})

test('what was said goes with the account, and nobody says anything after that', async () => {
  const student = await aStudent()
  await say(student, false)
  await service.hear(userErased, { userId: student.userId, at: new Date(now()).toISOString() })
  assert.deepEqual(await rowsWith(service, student.userId), { erasedUsers: 1 })
  assert.deepEqual(await keysWith(service, student.userId), [`watched:{${student.userId}}`])
  assert.equal((await refusal(say(student, true))).code, 'UNAUTHENTICATED')
})
