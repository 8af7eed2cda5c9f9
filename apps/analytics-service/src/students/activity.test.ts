import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { clientOf } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { createFlusher } from '../flush/flusher.ts'
import { watchedKey } from '../keys.ts'
import { dayOf, unpackDays } from './days.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})

async function aClass(students: number) {
  const [courseId, creatorId, lectures] = [newId(), newId(), [newId(), newId()]]
  await service.publish({ courseId, creatorId, lectures })
  const members = await Promise.all(
    Array.from({ length: students }, async () => {
      const id = newId()
      const client = clientOf(service.app, analyticsApi, await mint.tokenFor({ id, role: 'student' }))
      const watch = async (lectureId: string | undefined, watchTimeDelta: number) => {
        // As if a minute had passed.
        await service.redis.del(watchedKey(id))
        await client.trackTelemetry({ body: { courseId, lectureId: lectureId ?? '', watchTimeDelta } })
      }
      return { id, watch }
    }),
  )
  return { courseId, creatorId, lectures, members }
}

test('what a student watches is added up over lectures and flushes, with the day and the last moment', async () => {
  const { courseId, lectures, members } = await aClass(2)
  const [ana, ben] = members
  const before = Date.now()
  await ana?.watch(lectures[0], 20)
  await ana?.watch(lectures[1], 30.5)
  await ben?.watch(lectures[0], 7)
  await service.flusher.flushOnce()
  await ana?.watch(lectures[0], 10)
  await service.flusher.flushOnce()
  const watched = await service.activity.ofCourse(courseId)
  assert.deepEqual(
    members.map(({ id }) => watched.get(id)?.watchTimeMs),
    [60_500, 7000],
  )
  const anas = watched.get(ana?.id ?? '')
  const last = Number(anas?.lastActiveAt)
  assert.ok(last > before - 1000 && last < Date.now() + 1000)
  assert.ok(unpackDays(anas?.days ?? {}).includes(dayOf(last)))
})

test('a batch whose flusher died before or after it was added counts once for each student', async () => {
  const { courseId, lectures, members } = await aClass(3)
  for (const { watch } of members) await watch(lectures[0], 5)
  const { batches, sketches, playbacks, analytics, activity } = service
  const died = new Error('died')
  const deaths = [
    { batches, analytics: { apply: () => Promise.reject(died) } },
    { batches: { ...batches, drop: () => Promise.reject(died) }, analytics },
    { batches: { ...batches, drop: () => Promise.reject(died) }, analytics },
  ]
  for (const death of deaths)
    await assert.rejects(createFlusher({ sketches, playbacks, ...death }).flushOnce())
  await service.flusher.flushOnce()
  const watched = [...(await activity.ofCourse(courseId)).values()]
  assert.deepEqual(
    watched.map(({ watchTimeMs }) => watchTimeMs),
    [5000, 5000, 5000],
  )
})

test('who works on the course is no student of it', async () => {
  const { courseId, lectures, members, creatorId } = await aClass(1)
  const [assistant] = members
  await service.changeStaff({ courseId, staffIds: [assistant?.id ?? ''], sequence: 1 })
  await assistant?.watch(lectures[0], 5)
  const owner = clientOf(
    service.app,
    analyticsApi,
    await mint.tokenFor({ id: creatorId, role: 'instructor' }),
  )
  await owner.trackTelemetry({ body: { courseId, lectureId: lectures[0] ?? '', watchTimeDelta: 5 } })
  await service.flusher.flushOnce()
  assert.deepEqual(await service.activity.ofCourse(courseId), new Map())
})
