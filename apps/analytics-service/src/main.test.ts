import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { coursePublished } from '@aetherlearn/contracts/course/events'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { createClient } from '@aetherlearn/sdk/client'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService } from '@aetherlearn/testing/lone-service'
import { untilAnswered } from './answered.fixture.ts'

const service = await startLoneService('analytics-service', new URL('./main.ts', import.meta.url))
after(service.close)

test('a process hears events, counts right after them, and stores counts before it stops', async () => {
  const [courseId, lectureId] = [newId(), newId()]
  const clientOf = async (role: 'student' | 'admin') => {
    const token = await service.tokenFor({ role })
    return createClient(analyticsApi, { origin: service.address, token: () => token })
  }
  const [client, admin] = [await clientOf('student'), await clientOf('admin')]
  const publish = (id: string) =>
    service.tell(coursePublished, {
      courseId: id,
      creatorId: newId(),
      title: 'Algebra',
      version: 1,
      lectures: [{ lectureId, lectureTitle: 'Sets', durationSeconds: 60 }],
    })
  // A process that has only just begun has everything to do for the first time.
  const first = newId()
  await publish(first)
  await untilAnswered(() => admin.getDashboard({ params: { courseId: first } }))
  await publish(courseId)
  // Not one moment later: a course that was just published may be opened at once.
  assert.deepEqual(await client.trackView({ params: { courseId } }), { message: 'tracked' })
  await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 5 } })
  assert.equal((await fetch(`${service.address}/health/ready`)).status, 200)
  assert.equal(await service.stop(), 0)
  const mongo = await service.stores.connectMongo()
  const row = await mongo.collection('courseAnalytics').findOne({})
  assert.deepEqual(row?.['lectureStats'], { [lectureId]: { views: 1, totalWatchTimeMs: 5000 } })
  assert.deepEqual([row?.['totalViews'], row?.['uniqueActiveUsers']], [1, 1])
})
