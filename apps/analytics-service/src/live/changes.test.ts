import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { dashboardChanged } from '@aetherlearn/contracts/analytics/dashboard'
import type { Role } from '@aetherlearn/contracts/shape'
import { NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
let aheadMs = 0
const now = () => Date.now() + aheadMs
/** Two instances of the service. */
const one = await openFixture(stores, mint.verifyToken, { now })
const other = await openFixture(stores, mint.verifyToken, { now })
after(async () => {
  await one.close()
  await other.close()
  await stores.close()
})

type Told = { userId: string; type: string; payload: { courseId: string } }
const told: Told[] = []
const waiting = new Set<() => void>()
const ears = await stores.connectRedis()
ears.on('message', (_channel: string, text: string) => {
  told.push(JSON.parse(text) as Told)
  for (const look of waiting) look()
})
await ears.subscribe(NOTIFICATIONS)

const toldOf = (courseId: string, userId?: string) =>
  told.filter(
    ({ type, ...message }) =>
      type === dashboardChanged.name &&
      message.payload.courseId === courseId &&
      (userId === undefined || message.userId === userId),
  )
/** Until so many messages about the course were heard. */
const hear = (courseId: string, count: number, userId?: string) =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (toldOf(courseId, userId).length < count) return
      waiting.delete(look)
      resolve()
    }
    waiting.add(look)
    look()
  })

async function aPerson(role: Role, id = newId(), { app } = one) {
  return { id, ...clientOf(app, analyticsApi, await mint.tokenFor({ id, role })) }
}
async function aCourse() {
  const [courseId, creatorId, lectureId] = [newId(), newId(), newId()]
  await one.publish({ courseId, creatorId, lectures: [lectureId] })
  const owner = await aPerson('instructor', creatorId)
  const watch = () => owner.watchDashboard({ body: { courseId } })
  return { courseId, lectureId, owner, watch }
}

test('who looks at a dashboard hears that it changed, also where another instance counted; nobody hears of other courses', async () => {
  const [course, unseen] = [await aCourse(), await aCourse()]
  await course.watch()
  const student = await aPerson('student', newId(), other)
  const { courseId, lectureId } = course
  await student.trackView({ params: { courseId: unseen.courseId } })
  await student.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 5 } })
  await hear(courseId, 1)
  assert.deepEqual(
    toldOf(courseId).map(({ userId }) => userId),
    [course.owner.id],
  )
  assert.deepEqual(toldOf(unseen.courseId), [])
})

test('however many changes there are at all instances, they are told once a second at most, and the last one always is', async () => {
  const { courseId, owner, watch } = await aCourse()
  await watch()
  const students = [await aPerson('student'), await aPerson('student', newId(), other)]
  let views = 0
  const from = performance.now()
  const enough = hear(courseId, 3).then(() => 'enough')
  while ((await Promise.race([enough, Promise.resolve('more')])) === 'more') {
    await Promise.all(students.map((student) => student.trackView({ params: { courseId } })))
    views += 2
    await new Promise((resolve) => setImmediate(resolve))
  }
  // A page that reads again with each message ends with the last numbers.
  for (let count = 3; ; count += 1) {
    await hear(courseId, count)
    const { overview } = await owner.getDashboard({ params: { courseId } })
    if (overview.totalViews === views) break
  }
  const tookMs = performance.now() - from
  const messages = toldOf(courseId).length
  // However late each was heard: between the first and the last a second passed for each but one.
  assert.ok(tookMs > (messages - 1) * 1000, `${messages} messages in ${tookMs} ms`)
  assert.ok(views > 3 * messages, `${views} views in ${messages} messages`)
})

test('a change that comes right after another instance told of one is told when that second is over', async () => {
  const { courseId, watch } = await aCourse()
  await watch()
  const students = [await aPerson('student'), await aPerson('student', newId(), other)]
  let count = 0
  for (const student of [...students, ...students]) {
    await student.trackView({ params: { courseId } })
    count += 1
    await hear(courseId, count)
  }
})

test('who was removed from a course’s staff hears nothing more', async () => {
  const { courseId, owner, watch } = await aCourse()
  const assistant = await aPerson('instructor')
  const student = await aPerson('student')
  await one.changeStaff({ courseId, staffIds: [assistant.id], sequence: 1 })
  await watch()
  await assistant.watchDashboard({ body: { courseId } })
  await student.trackView({ params: { courseId } })
  await Promise.all([hear(courseId, 1, owner.id), hear(courseId, 1, assistant.id)])
  await one.changeStaff({ courseId, staffIds: [], sequence: 2 })
  for (let more = 2; more <= 3; more += 1) {
    await student.trackView({ params: { courseId } })
    await hear(courseId, more, owner.id)
  }
  assert.equal(toldOf(courseId, assistant.id).length, 1)
})

test('who has not asked for a minute hears nothing more, and no key names them', async () => {
  const [left, stayed] = [await aCourse(), await aCourse()]
  await left.watch()
  const keys = await one.redis.keys(`${stores.database}:an:*:watchers:${left.courseId}`)
  const lasting = await Promise.all(keys.map((key) => one.redis.pttl(key.slice(stores.database.length + 1))))
  assert.ok(lasting.length === 1 && lasting.every((ms) => ms > 0 && ms <= 60_000), `${lasting}`)
  aheadMs += 60_001
  await stayed.watch()
  const student = await aPerson('student')
  for (let count = 1; count <= 2; count += 1) {
    for (const { courseId } of [left, stayed]) await student.trackView({ params: { courseId } })
    await hear(stayed.courseId, count)
  }
  assert.deepEqual(toldOf(left.courseId), [])
})

test('only those who work on a course may look at its dashboard', async () => {
  const { courseId } = await aCourse()
  const [student, stranger, admin] = [
    await aPerson('student'),
    await aPerson('instructor'),
    await aPerson('admin'),
  ]
  for (const person of [student, stranger]) {
    const { status, code } = await refusal(person.watchDashboard({ body: { courseId } }))
    assert.deepEqual([status, code], [403, 'FORBIDDEN'])
  }
  const unknown = await refusal(stranger.watchDashboard({ body: { courseId: newId() } }))
  assert.deepEqual([unknown.status, unknown.errors?.[0]?.field], [404, 'body.courseId'])
  await admin.watchDashboard({ body: { courseId } })
  await student.trackView({ params: { courseId } })
  await hear(courseId, 1)
  assert.deepEqual(
    toldOf(courseId).map(({ userId }) => userId),
    [admin.id],
  )
})
