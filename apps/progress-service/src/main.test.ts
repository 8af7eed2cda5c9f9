import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { coursePublished, enrolmentCreated } from '@aetherlearn/contracts/course/events'
import { progressApi } from '@aetherlearn/contracts/progress'
import { ApiError, createClient } from '@aetherlearn/sdk/client'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService } from '@aetherlearn/testing/lone-service'
import { Types } from 'mongoose'

const service = await startLoneService('progress-service', new URL('./main.ts', import.meta.url))
after(service.close)

async function enrolledIn(courseId: string) {
  const [userId, lectureId] = [newId(), newId()]
  const token = await service.tokenFor({ id: userId, role: 'student' })
  const client = createClient(progressApi, { origin: service.address, token: () => token })
  await service.tell(enrolmentCreated, { userId, courseId, sequence: 1, at: '2026-01-01T00:00:00Z' })
  await service.tell(coursePublished, {
    courseId,
    creatorId: newId(),
    title: 'Algebra',
    version: 1,
    lectures: [{ lectureId, lectureTitle: 'Sets', durationSeconds: 60 }],
  })
  return { lectureId, save: () => client.save({ body: { courseId, lectureId, watchTime: 21 } }) }
}
const isRefused = (error: unknown) => {
  assert.ok(error instanceof ApiError, String(error))
  return false
}

test('a process hears events, saves right after them, and stores positions before it stops', async () => {
  const courseId = newId()
  // What a process hears first takes it longer.
  const early = await enrolledIn(newId())
  while (!(await early.save().then(() => true, isRefused)));
  const { lectureId, save } = await enrolledIn(courseId)
  // Not one moment later: who has just enrolled may save at once.
  assert.deepEqual(await save(), { message: 'synced' })
  assert.equal((await fetch(`${service.address}/health/ready`)).status, 200)
  const metrics = await (await fetch(`${service.address}/metrics`)).text()
  assert.match(
    metrics,
    /^positions_oldest_unflushed_seconds 0?\.\d+|^positions_oldest_unflushed_seconds [1-9]/m,
  )
  assert.equal(await service.stop(), 0)
  const mongo = await service.stores.connectMongo()
  const row = await mongo.collection('progress').findOne({ courseId: new Types.ObjectId(courseId) })
  assert.deepEqual(row?.['watchTimes'], { [lectureId]: 21 })
})
