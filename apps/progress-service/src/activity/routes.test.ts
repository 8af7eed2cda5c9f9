import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { clientOf } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { dayOf, daysBefore } from './days.ts'

const MINUTE_MS = 60_000
const stores = await testStores()
const mint = await createTokenMint()
let aheadMs = 0
const now = () => Date.now() + aheadMs
const service = await openFixture(stores, mint.verifyToken, { now })
after(async () => {
  await service.close()
  await stores.close()
})
const today = () => dayOf(new Date(now()))

async function aStudent() {
  aheadMs = 0
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  await service.publish(courseId, [lectureId])
  await service.enrol(userId, courseId)
  const client = clientOf(service.app, progressApi, await mint.tokenFor({ id: userId, role: 'student' }))
  const save = () => client.save({ body: { courseId, lectureId, watchTime: 1 } })
  const complete = () => client.complete({ body: { courseId, lectureId } })
  return { userId, client, save, complete }
}

test('a mark counts where a save stands behind it', async () => {
  const { client, save } = await aStudent()
  await save()
  assert.deepEqual(await client.markActivity(), { message: 'marked' })
  assert.deepEqual(await client.getHeatmap(), [{ date: today(), count: 1 }])
})

test('a mark counts where a completion stands behind it', async () => {
  const { client, complete } = await aStudent()
  await complete()
  await client.markActivity()
  assert.deepEqual(await client.getHeatmap(), [{ date: today(), count: 2 }])
})

test('a mark without activity behind it counts nothing', async () => {
  const { client, save } = await aStudent()
  assert.deepEqual(await client.markActivity(), { message: 'nothing to mark' })
  await save()
  aheadMs = 6 * MINUTE_MS
  await client.markActivity()
  assert.deepEqual(await client.getHeatmap(), [])
})

test('fifty marks at once count once, and once more a minute later', async () => {
  const { client, save } = await aStudent()
  await save()
  const marks = await Promise.all(Array.from({ length: 50 }, () => client.markActivity()))
  assert.deepEqual(new Set(marks.map((mark) => mark.message)), new Set(['marked']))
  assert.equal((await client.getHeatmap())[0]?.count, 1)
  aheadMs = MINUTE_MS
  await client.markActivity()
  const counts = (await client.getHeatmap()).map((day) => day.count)
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    2,
  )
})

test('a mark moves no streak: that takes a completion', async () => {
  const { client, save } = await aStudent()
  await save()
  await client.markActivity()
  const none = { currentStreak: 0, longestStreak: 0, totalCompleted: 0, lastActiveDate: null }
  assert.deepEqual(await client.getStudentStats(), none)
})

test('the heatmap shows the last 365 days, oldest first, and those of nobody else', async () => {
  const { userId, client } = await aStudent()
  const Activity = service.mongo.models['Activity']
  const days = [0, 1, 364, 365, 400].map((ago) => daysBefore(today(), ago))
  await Activity?.create(days.map((date) => ({ userId, date, count: 3 })))
  const expected = [364, 1, 0].map((ago) => ({ date: daysBefore(today(), ago), count: 3 }))
  assert.deepEqual(await client.getHeatmap(), expected)
  const { client: other } = await aStudent()
  assert.deepEqual(await other.getHeatmap(), [])
})
