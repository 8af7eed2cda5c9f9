import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { coursePublished } from '@aetherlearn/contracts/course/events'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import fc from 'fast-check'
import { openFixture } from '../fixture.ts'
import { createFlusher } from '../flush/flusher.ts'
import { watchedKey } from '../keys.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})

/** Of one minute, as the fixture publishes them. */
async function aLecture() {
  const [courseId, creatorId, lectureId, other] = [newId(), newId(), newId(), newId()]
  await service.publish({ courseId, creatorId, lectures: [lectureId, other] })
  const token = await mint.tokenFor({ role: 'instructor', id: creatorId })
  const creator = clientOf(service.app, analyticsApi, token)
  const heat = (segmentSeconds = 10) =>
    creator.getHeat({ params: { courseId, lectureId }, query: { segmentSeconds } })
  return { courseId, creatorId, lectureId, other, token, heat }
}
type Place = { courseId: string; lectureId: string }

const nextStudent = knownIds()
async function aStudent() {
  const id = nextStudent()
  const client = clientOf(service.app, analyticsApi, await mint.tokenFor({ id, role: 'student' }))
  /** A report after a minute without one. */
  const play = async ({ courseId, lectureId }: Place, segments: Range[], sessionId = 'session-one') => {
    await service.redis.del(watchedKey(id))
    await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 60, sessionId, segments } })
  }
  return { id, play }
}
const students = (count: number) => Promise.all(Array.from({ length: count }, aStudent))
const classOfFive = await students(5)
const playAll = async (place: Place, segments: Range[]) => {
  for (const { play } of classOfFive) await play(place, segments)
}

test('heat shows which stretches are watched, watched again, skipped and left, before and after a flush', async () => {
  const { lectureId, heat, ...course } = await aLecture()
  const place = { courseId: course.courseId, lectureId }
  const [ana, ben, ...others] = classOfFive
  await ana?.play(place, [[0, 60]])
  await ben?.play(place, [
    [0, 30],
    [20, 30],
    [40, 45],
  ])
  for (const { play } of others) await play(place, [[0, 20]])
  const live = await heat()
  await service.flusher.flushOnce()
  assert.deepEqual(await heat(), live)
  const { segments, ...about } = live
  assert.deepEqual(about, {
    lectureId,
    lectureTitle: 'Lecture 1',
    durationSeconds: 60,
    segmentSeconds: 10,
    playbacks: 5,
    hidden: false,
    hotspots: [
      {
        from: 10,
        to: 20,
        kind: 'left',
        reason: 'Left for good by 60 % of the playbacks that came to it; typical for this lecture are 0 %.',
      },
    ],
  })
  const cold = { rewatched: 0, skipped: 0, left: 0 }
  assert.deepEqual(segments, [
    { from: 0, to: 10, watched: 5, ...cold, heat: 100 },
    { from: 10, to: 20, watched: 5, ...cold, left: 3, heat: 100 },
    { from: 20, to: 30, watched: 2, ...cold, rewatched: 1, heat: 60 },
    { from: 30, to: 40, watched: 1, ...cold, skipped: 1, heat: 20 },
    { from: 40, to: 50, watched: 1.5, ...cold, left: 1, heat: 30 },
    { from: 50, to: 60, watched: 1, ...cold, left: 1, heat: 20 },
  ])
})

test('a playback that goes on after a flush is still one playback, and leaves once', async () => {
  const { courseId, lectureId, heat } = await aLecture()
  const place = { courseId, lectureId }
  await playAll(place, [[0, 10]])
  await service.flusher.flushOnce()
  await playAll(place, [
    [5, 10],
    [10, 25],
  ])
  const live = await heat(5)
  await service.flusher.flushOnce()
  assert.deepEqual(await heat(5), live)
  assert.equal(live.playbacks, 5)
  assert.deepEqual(
    live.segments.slice(0, 6).map(({ watched, rewatched, left }) => [watched, rewatched, left]),
    [
      [5, 0, 0],
      [5, 5, 0],
      [5, 0, 0],
      [5, 0, 0],
      [5, 0, 5],
      [0, 0, 0],
    ],
  )
})

test('however the same plays are cut into reports, the segments are the same', async () => {
  const piece = fc
    .tuple(fc.double({ min: 0, max: 59, noNaN: true }), fc.double({ min: 0.1, max: 25, noNaN: true }))
    .map(([from, length]): Range => [from, Math.min(60, from + length)])
  const plays = fc.array(piece, { minLength: 1, maxLength: 4 })
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 })
  const lengths = fc.integer({ min: 1, max: 10 })
  await fc.assert(
    fc.asyncProperty(fc.tuple(plays, plays), cuts, lengths, async ([plain, odd], shares, length) => {
      const [whole, cut] = [await aLecture(), await aLecture()]
      for (const [i, { play }] of classOfFive.entries()) {
        const segments = i === 0 ? odd : plain
        await play(whole, segments)
        for (const segment of segments) for (const part of cutAt(segment, shares)) await play(cut, [part])
      }
      assert.deepEqual((await cut.heat(length)).segments, (await whole.heat(length)).segments)
    }),
    { numRuns: 12 },
  )
})

function cutAt([from, to]: Range, shares: number[]): Range[] {
  const places = [from, ...shares.map((share) => from + share * (to - from)).sort((a, b) => a - b), to]
  return places.slice(1).map((end, i): Range => [places[i] ?? from, end])
}

test('a batch that is claimed, stored and dropped is in the heat once at every step', async () => {
  const { courseId, lectureId, heat } = await aLecture()
  const place = { courseId, lectureId }
  await playAll(place, [[0, 20]])
  await service.flusher.flushOnce()
  await playAll(place, [[10, 30]])
  const before = await heat(1)
  const seen: unknown[] = []
  const lookFirst =
    <A extends unknown[]>(step: (...args: A) => Promise<void>) =>
    async (...args: A) => {
      seen.push(await heat(1))
      await step(...args)
      seen.push(await heat(1))
    }
  const { batches, analytics } = service
  const { flushOnce } = createFlusher({
    ...service,
    batches: { ...batches, drop: lookFirst(batches.drop) },
    analytics: { apply: lookFirst(analytics.apply) },
  })
  await flushOnce()
  assert.deepEqual(seen, [before, before, before, before])
})

test('a lecture that fewer than five students have watched shows no segments, even where Redis lost who it was', async () => {
  const { courseId, lectureId, heat } = await aLecture()
  const place = { courseId, lectureId }
  const [fifth, ...four] = classOfFive
  for (const { play } of four) await play(place, [[0, 30]])
  // Many playbacks of few students are still few students.
  await four[0]?.play(place, [[0, 30]], 'session-two')
  const { hidden, segments, hotspots } = await heat()
  assert.deepEqual([hidden, segments, hotspots], [true, [], []])
  await fifth?.play(place, [[0, 30]])
  assert.equal((await heat()).hidden, false)
  await service.flusher.flushOnce()
  await service.wipeRedis()
  assert.equal((await heat()).hidden, false)
})

test('only those who work on the course see the heat, and only of its lectures', async () => {
  const { courseId, lectureId, heat } = await aLecture()
  assert.equal((await heat()).hidden, true)
  const params = { courseId, lectureId }
  const query = { segmentSeconds: 10 }
  for (const role of ['instructor', 'student'] as const) {
    const client = clientOf(service.app, analyticsApi, await mint.tokenFor({ role }))
    assert.equal((await refusal(client.getHeat({ params, query }))).code, 'FORBIDDEN', role)
  }
  const admin = clientOf(service.app, analyticsApi, await mint.tokenFor({ role: 'admin' }))
  await admin.getHeat({ params, query })
  const foreign = await refusal(admin.getHeat({ params: { courseId, lectureId: newId() }, query }))
  assert.deepEqual(
    [foreign.status, foreign.code, foreign.errors?.[0]?.field],
    [404, 'LECTURE_NOT_FOUND', 'params.lectureId'],
  )
  const unknown = await refusal(admin.getHeat({ params: { courseId: newId(), lectureId }, query }))
  assert.deepEqual([unknown.status, unknown.code], [404, 'COURSE_NOT_FOUND'])
})

test('segments last one to ten whole seconds, ten where nobody asks', async () => {
  const { courseId, lectureId, token } = await aLecture()
  const url = `/api/v1/analytics/instructor/${courseId}/lecture/${lectureId}/heat`
  for (const length of ['0', '11', '1.5', 'x', '-1']) {
    const answer = await rawCall(service.app, {
      method: 'GET',
      url: `${url}?segmentSeconds=${length}`,
      token,
    })
    assert.deepEqual(
      [answer.statusCode, answer.json().errors[0].field],
      [400, 'query.segmentSeconds'],
      length,
    )
  }
  assert.equal((await rawCall(service.app, { method: 'GET', url, token })).json().segmentSeconds, 10)
})

test('a lecture of days is not cut into more segments than anybody could look at', async () => {
  const { courseId, creatorId, lectureId, heat } = await aLecture()
  const hundredHours = { lectureId, lectureTitle: 'Everything', durationSeconds: 360_000 }
  await service.hear(coursePublished, {
    courseId,
    creatorId,
    title: 'All',
    version: 2,
    lectures: [hundredHours],
  })
  await playAll({ courseId, lectureId }, [[359_940, 360_000]])
  const problem = await refusal(heat(1))
  assert.deepEqual([problem.status, problem.errors?.[0]?.field], [400, 'query.segmentSeconds'])
  const { segments } = await heat(10)
  assert.deepEqual([segments.length, segments.at(-1)?.watched, segments.at(-1)?.to], [36_000, 5, 360_000])
})
