import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { coursePublished, enrolmentCreated } from '@aetherlearn/contracts/course/events'
import { progressApi } from '@aetherlearn/contracts/progress'
import type { LateReport } from '@aetherlearn/contracts/progress/late'
import { createClient } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService, startProcess } from '@aetherlearn/testing/lone-service'

const main = new URL('../main.ts', import.meta.url)
const service = await startLoneService('progress-service', main)
after(service.close)

/** Into the reading, the transaction, the completions. */
const KILLED_AFTER_MS = [8, 25, 60]
const DAY = 24 * 3600_000

test('a service killed in the middle of batches loses nothing and counts nothing twice', async () => {
  const { stores, identityUrl } = service
  const settings = {
    PORT: '0',
    MONGO_URL: stores.mongoUrl,
    MONGO_DATABASE: stores.database,
    REDIS_STATE_URL: stores.redisUrl,
    REDIS_CACHE_URL: stores.redisUrl,
    IDENTITY_SERVICE_URL: identityUrl,
  }
  const courseId = newId()
  const lectures = Array.from({ length: 8 }, newId)
  const course = { courseId, creatorId: newId(), title: 'Algebra', version: 1 }
  const lecture = { lectureTitle: 'Sets', durationSeconds: 60 }
  await service.tell(coursePublished, {
    ...course,
    lectures: lectures.map((lectureId) => ({ lectureId, ...lecture })),
  })
  const midday = Math.floor(Date.now() / DAY) * DAY - 5 * DAY + DAY / 2
  const batches = KILLED_AFTER_MS.map((_, n) =>
    Array.from({ length: 300 }, (_, i): LateReport => ({
      id: `report-${n}-${i}`,
      courseId,
      lectureId: lectures[i % 8] ?? '',
      watchTime: i % 60,
      clientTime: midday + (n * 300 + i) * 5000,
      ranges: [[i % 55, (i % 55) + 5]],
      completed: i % 8 === n,
    })),
  )
  const aStudent = async () => {
    const userId = newId()
    await service.tell(enrolmentCreated, { userId, courseId, sequence: 1, at: '2026-01-01T00:00:00Z' })
    const token = await service.tokenFor({ id: userId, role: 'student' })
    return (origin: string) => createClient(progressApi, { origin, token: () => token })
  }
  const [one, other] = [await aStudent(), await aStudent()]

  let { address, kill } = { address: service.address, kill: service.kill }
  after(() => kill())
  // An event that is being heard when its listener is killed waits for half a minute.
  const hears = (student: typeof one) =>
    student(address)
      .getProgress({ params: { courseId } })
      .then(
        () => true,
        () => false,
      )
  while (!(await hears(one)) || !(await hears(other)));
  for (const [n, events] of batches.entries()) {
    const sent = one(address)
      .batch({ body: { events } })
      .catch(() => undefined)
    await pause(KILLED_AFTER_MS[n])
    await kill()
    await sent
    const next = await startProcess(main, settings)
    ;({ address, kill } = next)
    await retry(() => one(next.address).batch({ body: { events } }))
  }
  for (const events of batches) await retry(() => other(address).batch({ body: { events } }))

  const stateOf = async (client: ReturnType<typeof one>) => {
    const { completedLectures, completedAt, ...progress } = await client.getProgress({ params: { courseId } })
    const days = await client.getHeatmap()
    const stats = await client.getStudentStats()
    return { ...progress, completed: completedLectures.toSorted(), whole: completedAt !== null, days, stats }
  }
  const state = await stateOf(other(address))
  assert.equal(state.stats.totalCompleted, 8)
  assert.deepEqual(await stateOf(one(address)), state)
})
