import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { courseDeleted, coursePublished } from '@aetherlearn/contracts/course/events'
import { lectureCompleted } from '@aetherlearn/contracts/progress'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { startTimeMachine } from '../proof/time-machine.ts'

const stores = await testStores()
const mint = await createTokenMint()
const DAY = 86_400_000
const machine = await startTimeMachine(stores, Date.now() + DAY)
const service = await openFixture(machine.stores, mint.verifyToken, { now: machine.now })
after(async () => {
  await service.close()
  await stores.close()
})
const staff = clientOf(service.app, analyticsApi, await mint.tokenFor({ role: 'admin' }))

function aLecture() {
  const place = { courseId: newId(), lectureId: newId() }
  let version = 0
  return {
    ...place,
    publish: (videoId: string, options: { version?: number; durationSeconds?: number } = {}) => {
      version += 1
      const lecture = { lectureId: place.lectureId, lectureTitle: 'Sets', durationSeconds: 20, videoId }
      return service.hear(coursePublished, {
        ...{ courseId: place.courseId, creatorId: newId(), title: 'Algebra' },
        version: options.version ?? version,
        lectures: [{ ...lecture, durationSeconds: options.durationSeconds ?? 20 }],
      })
    },
    /** Each in one playback of as many seconds from the start. */
    watch: (students: string[], seconds: number) =>
      Promise.all(
        students.map((userId) =>
          service.counters.countWatching({
            ...{ ...place, userId, traffic: 'students', sessionId: newId(), durationSeconds: 20 },
            ...{ watchTimeDelta: seconds, segments: [[0, seconds]] },
          }),
        ),
      ),
    versions: (query: { a?: string; b?: string } = {}) => staff.compareVersions({ params: place, query }),
  }
}
const students = (count: number) => Array.from({ length: count }, newId)

test('playbacks are of the video that students saw when they began, and what was replaced is compared with it', async () => {
  const lecture = aLecture()
  const { courseId, lectureId } = lecture
  const [early, late, both] = [students(6), students(7), students(1)]
  await lecture.publish('first')
  assert.equal((await lecture.versions()).comparison, null)
  await lecture.watch([...early, ...both], 5)
  await machine.letPass(DAY)
  await lecture.publish('first')
  await lecture.publish('second')
  await machine.letPass(DAY)
  await lecture.watch([...late, ...both], 19)
  const at = new Date(machine.now()).toISOString()
  for (const userId of late) await service.hear(lectureCompleted, { courseId, lectureId, userId, at })
  await service.flusher.flushOnce()
  const { versions, comparison } = await lecture.versions()
  assert.deepEqual(
    versions.map(({ videoId, until }) => [videoId, until === null]),
    [
      ['first', false],
      ['second', true],
    ],
  )
  assert.equal(versions[0]?.until, versions[1]?.since)
  assert.deepEqual(
    [comparison?.a, comparison?.b, comparison?.sawBoth],
    [{ videoId: 'first', students: 6, playbacks: 6 }, { videoId: 'second', students: 7, playbacks: 7 }, 1],
  )
  const numbers = comparison?.measures.map(({ measure, a, b, differs }) => [
    measure,
    a.value,
    b.value,
    differs,
  ])
  assert.deepEqual(numbers, [
    ['versionWatched', 25, 95, true],
    ['versionCompleted', 0, 100, true],
    ['versionLeftEarly', 100, 0, true],
    ['versionRewatched', 0, 0, false],
  ])
  assert.match(comparison?.caveat ?? '', /before and after a change/)
  const turned = await lecture.versions({ a: 'second', b: 'first' })
  assert.equal(turned.comparison?.measures[0]?.difference.value, -70)
})

test('publications that come late or again make no version', async () => {
  const lecture = aLecture()
  await lecture.publish('second', { version: 2 })
  await lecture.publish('first', { version: 1 })
  await lecture.publish('second', { version: 2 })
  await lecture.publish('third', { version: 3, durationSeconds: 30 })
  const { versions } = await lecture.versions()
  assert.deepEqual(
    versions.map(({ videoId, durationSeconds }) => [videoId, durationSeconds]),
    [
      ['second', 20],
      ['third', 30],
    ],
  )
})

test('what is no version of the lecture is refused by name, and so is one compared with itself', async () => {
  const lecture = aLecture()
  await lecture.publish('first')
  await lecture.publish('second')
  const fields = async (query: { a?: string; b?: string }) =>
    (await refusal(lecture.versions(query))).errors?.map(({ field }) => field)
  assert.deepEqual(await fields({ a: 'other' }), ['query.a'])
  assert.deepEqual(await fields({ a: 'second' }), ['query.b'])
  const { courseId } = lecture
  const unknown = staff.compareVersions({ params: { courseId, lectureId: newId() }, query: {} })
  assert.equal((await refusal(unknown)).code, 'LECTURE_NOT_FOUND')
})

test('with the course its versions go', async () => {
  const lecture = aLecture()
  await lecture.publish('first')
  await service.hear(courseDeleted, { courseId: lecture.courseId, version: 9 })
  const rows = await service.mongo.collection('lectureVersions').find().toArray()
  assert.ok(!rows.some((row) => String(row['courseId']) === lecture.courseId))
})
