import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { Types } from 'mongoose'
import type { Batch } from '../batch.ts'
import { createActivityStore } from '../students/activity-store.ts'
import { createMoment } from './moment-store.ts'
import { analyticsRows } from './rows-store.ts'
import { createAnalyticsStore } from './store.ts'

const stores = await testStores()
const mongo = await stores.connectMongo()
const analytics = createAnalyticsStore(mongo, {
  activity: createActivityStore(mongo),
  unnamed: { among: async () => new Set() },
})
const rows = analyticsRows(mongo)
const moment = createMoment(mongo)
await stores.prepare(mongo)
after(() => stores.close())

function aBatch(courseId: string): Batch {
  const lectures = new Map([[newId(), { views: 1, watchTimeMs: 1000 }]])
  const counts = { views: 1, ownViews: 0, ownWatchTimeMs: 0, botReports: 0, replayedMs: 0, lectures }
  const days = new Map([['2026-01-01', counts]])
  return { id: newId(), courseId, days, heat: new Map(), playbacks: [], students: [] }
}
const apply = (batch: Batch) =>
  analytics.apply(batch, { uniques: { course: 1, days: new Map() }, at: new Date() })

test('a batch that is applied while rows are read is in none of them, and not among the applied ones', async () => {
  const courseId = newId()
  const [before, meanwhile] = [aBatch(courseId), aBatch(courseId)]
  await apply(before)
  const ofCourse = { courseId: new Types.ObjectId(courseId) }
  const look = (onTheWay: () => Promise<void>) =>
    moment([before.id, meanwhile.id], async (session, applied) => {
      const course = await rows.courses.findOne(ofCourse, { session })
      await onTheWay()
      const day = await rows.days.findOne(ofCourse, { session })
      return [[...applied].length, course?.totalViews, day?.views]
    })
  assert.deepEqual(await look(() => apply(meanwhile)), [1, 1, 1])
  assert.deepEqual(await look(async () => undefined), [2, 2, 2])
})
