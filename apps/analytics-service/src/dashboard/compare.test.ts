import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import type { DayCounts } from '../batch.ts'
import { openFixture } from '../fixture.ts'
import { courseKeys } from '../keys.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})

const nextStudent = knownIds()
const students = (count: number) => Array.from({ length: count }, nextStudent)
const today = () => new Date().toISOString().slice(0, 10)

async function aCourse() {
  const [courseId, creatorId, first, second] = [newId(), newId(), newId(), newId()]
  await service.publish({ courseId, creatorId, lectures: [first, second] })
  const token = await mint.tokenFor({ role: 'instructor', id: creatorId })
  const creator = clientOf(service.app, analyticsApi, token)
  const compare = (from: string, to: string, againstFrom: string, againstTo: string) =>
    creator.comparePeriods({ params: { courseId }, query: { from, to, againstFrom, againstTo } })

  /** A day in the past as a flush left it: each of these students watched a minute of the lecture. */
  async function past(day: string, lectureId: string, userIds: string[]) {
    await service.redis.pfadd(courseKeys(courseId).dayUsers(day), ...userIds)
    await service.sketches.keep([{ courseId, day }])
    const playbacks = userIds.map((userId) => ({
      id: newId(),
      lectureId,
      userId,
      startedAt: new Date(`${day}T12:00:00Z`),
      at: new Date(`${day}T12:01:00Z`),
      watchTimeMs: 60_000,
      ranges: [],
    }))
    await service.playbacks.keep(courseId, playbacks)
    const counts: DayCounts = {
      views: 1,
      ownViews: 0,
      ownWatchTimeMs: 0,
      botReports: 0,
      replayedMs: 0,
      lectures: new Map([[lectureId, { views: userIds.length, watchTimeMs: userIds.length * 60_000 }]]),
    }
    const batch = {
      id: newId(),
      courseId,
      days: new Map([[day, counts]]),
      heat: new Map(),
      playbacks,
      students: [],
    }
    const uniques = { course: 0, days: new Map([[day, userIds.length]]) }
    await service.analytics.apply(batch, { uniques, at: new Date() })
  }
  return { courseId, first, second, compare, past }
}

test('a student who came on many days of a period is one student of it, also after Redis was wiped', async () => {
  const { first, second, compare, past } = await aCourse()
  const [regulars, guests] = [students(20), students(10)]
  for (let day = 1; day <= 28; day += 1)
    await past(`2026-02-${String(day).padStart(2, '0')}`, first, regulars)
  await past('2026-02-10', second, guests)
  await past('2026-01-31', first, regulars.slice(0, 15))
  const look = () => compare('2026-02-01', '2026-02-28', '2026-01-01', '2026-01-31')
  const answer = await look()
  assert.deepEqual(answer.period, {
    from: '2026-02-01',
    to: '2026-02-28',
    views: 29,
    playbacks: 570,
    watchTimeSeconds: 34_200,
    uniqueStudents: 30,
    averageWatchTimeSeconds: 1140,
  })
  assert.deepEqual([answer.against.uniqueStudents, answer.change.uniqueStudents], [15, 100])
  assert.deepEqual(
    answer.lectures.map(({ period, against }) => [
      period.views,
      period.uniqueStudents,
      against.views,
      against.uniqueStudents,
    ]),
    [
      [560, 20, 15, 15],
      [10, 10, 0, 0],
    ],
  )
  await service.wipeRedis()
  assert.deepEqual(await look(), answer)
  assert.deepEqual(await service.redis.keys(`${stores.database}:*:incoming:*`), [])
})

test('what happens now is part of today, before the flush as after it', async () => {
  const { courseId, first, compare, past } = await aCourse()
  const [ana, ben, ...others] = students(6)
  assert.ok(ana !== undefined && ben !== undefined)
  await past(today(), first, [ana, ...others])
  for (const userId of [ana, ben]) {
    const report = { courseId, lectureId: first, watchTimeDelta: 3, durationSeconds: 60 }
    await service.counters.countWatching({ ...report, userId, traffic: 'students' })
  }
  const look = () => compare(today(), today(), '2026-01-01', '2026-01-31')
  const live = await look()
  assert.deepEqual(
    [live.period.playbacks, live.period.watchTimeSeconds, live.period.uniqueStudents],
    [7, 306, 6],
  )
  assert.equal(live.lectures[0]?.period.uniqueStudents, 6)
  assert.equal(live.change.views, null)
  await service.flusher.flushOnce()
  assert.deepEqual(await look(), live)
})

test('a period that is none is refused with the field at fault', async () => {
  const { compare } = await aCourse()
  const fieldsOf = async (call: Promise<unknown>) => {
    const { code, errors = [] } = await refusal(call)
    assert.equal(code, 'INVALID_INPUT')
    return errors.map(({ field }) => field)
  }
  const good = ['2026-01-01', '2026-01-31'] as const
  assert.deepEqual(await fieldsOf(compare('2026-02-30', '2026-03-01', ...good)), ['query.from'])
  assert.deepEqual(await fieldsOf(compare(...good, '2026-02-02', '2026-02-01')), ['query.againstTo'])
  assert.deepEqual(await fieldsOf(compare('2020-01-01', '2026-01-01', ...good)), ['query.to'])
  assert.deepEqual(await fieldsOf(compare('yesterday', '2026-01-01', ...good)), ['query.from'])
})

test('only those who work on a course compare its periods', async () => {
  const { courseId } = await aCourse()
  const query = { from: '2026-01-01', to: '2026-01-01', againstFrom: '2026-01-01', againstTo: '2026-01-01' }
  const stranger = clientOf(service.app, analyticsApi, await mint.tokenFor({ role: 'instructor' }))
  assert.equal((await refusal(stranger.comparePeriods({ params: { courseId }, query }))).status, 403)
})
