import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const NEVER_MS = 3600_000
const service = await openFixture(stores, mint.verifyToken, { enrolmentWaitMs: NEVER_MS })
after(async () => {
  await service.close()
  await stores.close()
})

test('a batch about hundreds of courses that are not the student’s is refused without waiting', async () => {
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  await service.publish(courseId, [lectureId])
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const report = (about: string) => ({
    id: newId(),
    courseId: about,
    lectureId,
    watchTime: 1,
    clientTime: Date.parse('2026-01-01T00:00:01Z'),
  })
  const foreign = Array.from({ length: 499 }, () => report(newId()))
  const problem = await refusal(client.batch({ body: { events: [...foreign, report(courseId)] } }))
  const fields = problem.errors?.map(({ field }) => field) ?? []
  assert.equal(fields.filter((field) => field.endsWith('.courseId')).length, 499)
  assert.ok(!fields.includes('body.events.499.courseId'))
})
