import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { dashboardChanged, watchDashboardBySocket } from '@aetherlearn/contracts/analytics/dashboard'
import { coursePublished, courseStaffChanged } from '@aetherlearn/contracts/course/events'
import type { Role } from '@aetherlearn/contracts/shape'
import { createClient } from '@aetherlearn/sdk/client'
import { connectLive } from '@aetherlearn/sdk/live'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService, startProcess } from '@aetherlearn/testing/lone-service'

const analytics = await startLoneService(
  'analytics-service',
  new URL('../../../analytics-service/src/main.ts', import.meta.url),
)
after(() => analytics.close())
const startGateway = async () => {
  const gateway = await startProcess(new URL('../main.ts', import.meta.url), {
    PORT: '0',
    REDIS_STATE_URL: analytics.stores.redisUrl,
    REDIS_CACHE_URL: analytics.stores.redisUrl,
    IDENTITY_SERVICE_URL: analytics.identityUrl,
    ANALYTICS_SERVICE_URL: analytics.address,
  })
  after(() => gateway.kill())
  return gateway
}
const [here, there] = await Promise.all([startGateway(), startGateway()])

async function aCourse() {
  const [courseId, creatorId, lectureId] = [newId(), newId(), newId()]
  const lectures = [{ lectureId, lectureTitle: 'Sets', durationSeconds: 600 }]
  await analytics.tell(coursePublished, { courseId, creatorId, title: 'Algebra', version: 1, lectures })
  const setStaff = (staffIds: string[], sequence: number) =>
    analytics.tell(courseStaffChanged, { courseId, staffIds, sequence })
  return { courseId, creatorId, lectureId, setStaff }
}

/** Somebody with a page open at a gateway: what it hears of dashboards, and how it asks to. */
async function aPage(t: TestContext, origin: string, role: Role, id = newId()) {
  const token = await analytics.tokenFor({ id, role })
  const live = connectLive({ origin, token: async () => token })
  t.after(() => live.close())
  const heard: string[] = []
  const waiting = new Set<() => void>()
  live.on(dashboardChanged, ({ courseId }) => {
    heard.push(courseId)
    for (const look of waiting) look()
  })
  await new Promise<void>((resolve) => live.onConnection((isOpen) => (isOpen ? resolve() : undefined)))
  const hears = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (heard.length < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const client = createClient(analyticsApi, { origin, token: () => token })
  const watch = (courseId: string) => live.call(watchDashboardBySocket, { courseId })
  return { id, heard, hears, client, watch }
}

/** The service may have yet to hear of a change. */
async function until(holds: () => Promise<boolean>) {
  for (const end = Date.now() + 10_000; !(await holds());) assert.ok(Date.now() < end, 'it never came true')
}

test('an open dashboard hears at any gateway that students at another one watch, and moves with them; nobody else hears it', async (t) => {
  const { courseId, creatorId, lectureId } = await aCourse()
  const laptop = await aPage(t, here.address, 'instructor', creatorId)
  const phone = await aPage(t, there.address, 'instructor', creatorId)
  const stranger = await aPage(t, here.address, 'instructor')
  const student = await aPage(t, there.address, 'student')
  assert.deepEqual(await laptop.watch(courseId), { message: 'watching' })
  for (const page of [stranger, student]) assert.equal((await refusal(page.watch(courseId))).status, 403)
  for (let count = 1; count <= 3; count += 1) {
    const both = Promise.all([laptop.hears(count), phone.hears(count)])
    await student.client.trackTelemetry({
      body: { courseId, lectureId, watchTimeDelta: 1, sessionId: `session-${count}` },
    })
    await both
    const { engagementFunnel } = await laptop.client.getDashboard({ params: { courseId } })
    assert.equal(engagementFunnel[0]?.views, count)
  }
  assert.deepEqual(laptop.heard, [courseId, courseId, courseId])
  assert.deepEqual([stranger.heard, student.heard], [[], []])
})

test('who was removed from the staff while their dashboard is open hears nothing more', async (t) => {
  const { courseId, creatorId, setStaff } = await aCourse()
  const owner = await aPage(t, here.address, 'instructor', creatorId)
  const assistant = await aPage(t, there.address, 'instructor')
  const student = await aPage(t, here.address, 'student')
  const isIn = () =>
    assistant.client.getDashboard({ params: { courseId } }).then(
      () => true,
      () => false,
    )
  await setStaff([assistant.id], 1)
  await until(isIn)
  await owner.watch(courseId)
  await assistant.watch(courseId)
  await student.client.trackView({ params: { courseId } })
  await Promise.all([owner.hears(1), assistant.hears(1)])
  await setStaff([], 2)
  await until(async () => !(await isIn()))
  for (let count = 2; count <= 3; count += 1) {
    await student.client.trackView({ params: { courseId } })
    await owner.hears(count)
  }
  assert.deepEqual(assistant.heard, [courseId])
})
