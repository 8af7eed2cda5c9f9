import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { courseDeleted } from '@aetherlearn/contracts/course/events'
import { progressApi } from '@aetherlearn/contracts/progress'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
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

test('a removed course takes no more reports, and events that come late do not bring it back', async () => {
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  await service.publish(courseId, [lectureId])
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const save = () => client.save({ body: { courseId, lectureId, watchTime: 5 } })
  await save()
  await service.hear(courseDeleted, { courseId, version: 9 })
  assert.equal((await refusal(save())).code, 'COURSE_NOT_FOUND')
  assert.deepEqual(await client.getCourseProgress(), [])
  await service.publish(courseId, [lectureId], 8)
  await service.enrol(userId, courseId, 5)
  assert.equal((await refusal(save())).code, 'COURSE_NOT_FOUND')
  assert.deepEqual(await client.getCourseProgress(), [])
})
