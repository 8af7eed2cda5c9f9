import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Comparison, Dashboard } from '@aetherlearn/contracts/analytics/dashboard'
import type { LectureHeat } from '@aetherlearn/contracts/analytics/lectures'
import { FEWEST_STUDENTS } from '@aetherlearn/contracts/analytics/shapes'
import { coursePublished } from '@aetherlearn/contracts/course/events'
import type { VerifyToken } from '@aetherlearn/service-kit/auth'
import { testStores } from '@aetherlearn/testing/stores'
import { openFixture } from '../fixture.ts'
import { chanceFrom, REPORT_SECONDS, simulate, type Moment } from './simulated-class.ts'
import { startTimeMachine } from './time-machine.ts'
import { createTruth } from './truth.ts'

const STUDENTS = 10_000
const LECTURES = 10
const [HOUR, MINUTE] = [3_600_000, 60_000]
/** Few enough for each to be answered in its time on a slow machine as well. */
const AT_ONCE = 20

const stores = await testStores()
/** Ahead of all clocks: nothing that MongoDB removes by its own clock is removed while we look. */
const MORNING = new Date(Date.now() + 24 * HOUR).setUTCHours(8, 0, 0, 0)
const { connectPatientRedis: connectRedis } = stores
const machine = await startTimeMachine({ ...stores, connectRedis }, MORNING)
/** Who somebody is stands in their token: ten thousand signatures would prove nothing here. */
const verifyToken: VerifyToken = (token) => {
  const [id = '', role] = token.split('-')
  return { id, role: role === 'instructor' ? role : 'student', sessionId: '', expiresAt: Infinity }
}
const service = await openFixture(machine.stores, verifyToken, { now: machine.now })
after(async () => {
  await service.close()
  await stores.close()
})

const chance = chanceFrom(8)
const [courseId, creatorId] = [chance.id(), chance.id()]
const lectures = Array.from({ length: LECTURES }, (_, n) => ({
  lectureId: chance.id(),
  lectureTitle: `Lecture ${n + 1}`,
  durationSeconds: 90 + 30 * n,
}))
const students = Array.from({ length: STUDENTS }, chance.id)
const truth = createTruth(lectures)

/** Those who let two players run at once, in a lecture that nobody else watches. */
const doublers = Array.from({ length: 50 }, chance.id)
const doubled = { lectureId: chance.id(), lectureTitle: 'Doubled', durationSeconds: 600 }

type Caller = { id: string; role?: 'instructor'; userAgent?: string }
async function call(method: 'GET' | 'POST', path: string, caller: Caller, payload?: object) {
  const { id, role = 'student', userAgent } = caller
  const response = await service.app.inject({
    method,
    url: `/api/v1/analytics/${path}`,
    headers: { authorization: `Bearer ${id}-${role}`, ...(userAgent && { 'user-agent': userAgent }) },
    ...(payload && { payload }),
  })
  assert.equal(response.statusCode, 200, response.body)
  return response.json<unknown>()
}
const teacher: Caller = { id: creatorId, role: 'instructor' }
const program: Caller = { id: chance.id(), userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1)' }
const track = (caller: Caller) => call('POST', `view/${courseId}`, caller)
const report = ({ userId: id, ...body }: Moment['reports'][number], more: Partial<Caller> = {}) =>
  call('POST', 'telemetry', { id, ...more }, { courseId, ...body })

/** All that happens at one moment, many at a time. */
async function happen(moment: Moment) {
  await machine.letPass(moment.at - machine.now())
  truth.happened(moment)
  const calls = [
    ...moment.views.map((id) => () => track({ id })),
    ...moment.reports.map((given) => () => report(given)),
  ]
  for (let from = 0; from < calls.length; from += AT_ONCE)
    await Promise.all(calls.slice(from, from + AT_ONCE).map((send) => send()))
}

/** What must not count, beside what does. */
async function happenApart() {
  const given = { lectureId: doubled.lectureId, watchTimeDelta: REPORT_SECONDS, segments: [] }
  for (const caller of [teacher, program]) {
    await track(caller)
    await report({ ...given, userId: caller.id, sessionId: 'not-a-student' }, caller)
  }
  for (const userId of doublers) {
    for (const sessionId of ['first-tab', 'second-tab']) await report({ ...given, userId, sessionId })
  }
}

const DAY = 24 * HOUR
/** No two are a day or half an hour apart to the minute: playbacks end by such times. The third goes on past midnight. */
const sittings = [
  ...[0, 9 * HOUR, 15 * HOUR + 59 * MINUTE + 30_000],
  ...[DAY + 17 * MINUTE, DAY + 10 * HOUR],
  ...[2 * DAY + 41 * MINUTE, 2 * DAY + 70 * MINUTE + 30_000],
  ...[4 * DAY + 3 * HOUR, 4 * DAY + 11 * HOUR],
].map((after) => MORNING + after)
/** By then everything is stored, and Redis loses all it has. */
const WIPED_AT = MORNING + 2 * DAY

const near = (shown: number, count: number, name: string) =>
  assert.ok(
    Math.abs(shown - count) <= Math.max(1, 0.02 * count),
    `${name}: ${shown} shown, ${count} in truth`,
  )

function rankingAgrees(ranking: Dashboard['ranking']) {
  const known = lectures.map(({ lectureId, durationSeconds }) => ({
    lectureId,
    minutes: truth.uniqueSeconds(lectureId) / 60,
    times: truth.uniqueSeconds(lectureId) / durationSeconds,
  }))
  // In the last one players said nothing of what they played.
  const shown = ranking.filter(({ lectureId }) => lectureId !== doubled.lectureId)
  assert.deepEqual(
    shown.map(({ lectureId }) => lectureId),
    known.toSorted((a, b) => b.times - a.times).map(({ lectureId }) => lectureId),
  )
  for (const { lectureId, uniqueMinutes, timesThrough } of shown) {
    const { minutes = NaN, times = NaN } = known.find((one) => one.lectureId === lectureId) ?? {}
    assert.ok(Math.abs(uniqueMinutes - minutes) <= 0.05 + 1e-9, `${uniqueMinutes} of ${minutes} minutes`)
    assert.ok(Math.abs((timesThrough ?? NaN) - times) <= 0.005 + 1e-9, `${timesThrough} of ${times} times`)
  }
}

function agrees({ overview, engagementFunnel, byDay, ranking }: Dashboard) {
  rankingAgrees(ranking)
  const { course, days, ofLecture } = truth
  const extra = engagementFunnel.at(-1)?.watchTimeSeconds ?? 0
  // The second player of each may have used a quarter of a second that the first had left.
  const passed = doublers.length * REPORT_SECONDS * 2
  assert.ok(extra >= passed && extra <= passed + doublers.length * 0.25, `${extra} s of two players at once`)
  assert.equal(overview.totalViews, course.views)
  assert.equal(overview.totalWatchTimeSeconds, course.watchTimeMs / 1000 + extra)
  near(overview.uniqueActiveUsers, course.students.size + doublers.length, 'students')
  const [first] = engagementFunnel.toSorted((a, b) => b.watchTimeSeconds - a.watchTimeSeconds)
  assert.equal(overview.mostWatchedLecture?.lectureId, first?.lectureId)

  assert.deepEqual(overview.keptApart, {
    ...{ ownViews: 2, ownWatchTimeSeconds: 2 * REPORT_SECONDS, botReports: 4 },
    replayedSeconds: doublers.length * REPORT_SECONDS * 4 - extra,
  })
  for (const [n, lecture] of lectures.entries()) {
    const [shown, known] = [engagementFunnel[n], ofLecture.get(lecture.lectureId)]
    assert.equal(shown?.lectureId, lecture.lectureId)
    assert.equal(shown?.views, known?.playbacks)
    assert.equal(shown?.watchTimeSeconds, (known?.watchTimeMs ?? NaN) / 1000)
    near(shown?.uniqueStudents ?? NaN, known?.students.size ?? NaN, lecture.lectureTitle)
    const before = engagementFunnel[n - 1]?.uniqueStudents ?? 0
    const gone = before === 0 ? 0 : Math.max(0, 1 - (shown?.uniqueStudents ?? 0) / before)
    assert.ok(Math.abs((shown?.dropOffPercent ?? NaN) - 100 * gone) <= 0.05 + 1e-9)
  }
  for (const { date, views, playbacks, watchTimeSeconds, uniqueStudents } of byDay) {
    const known = days.get(date)
    const isFirst = date === new Date(MORNING).toISOString().slice(0, 10)
    assert.equal(views, known?.views ?? 0, date)
    assert.equal(playbacks, (known?.playbacks ?? 0) + (isFirst ? doublers.length * 2 : 0), date)
    assert.equal(watchTimeSeconds, (known?.watchTimeMs ?? 0) / 1000 + (isFirst ? extra : 0), date)
    near(uniqueStudents, (known?.students.size ?? 0) + (isFirst ? doublers.length : 0), date)
  }
  assert.equal(byDay.filter(({ playbacks }) => playbacks > 0).length, days.size)
}

async function heatAgrees() {
  for (const { lectureId, durationSeconds } of lectures) {
    const path = `instructor/${courseId}/lecture/${lectureId}/heat?segmentSeconds=1`
    const { hidden, segments } = (await call('GET', path, teacher)) as LectureHeat
    const few = (truth.ofLecture.get(lectureId)?.students.size ?? 0) < FEWEST_STUDENTS
    assert.equal(hidden, few)
    assert.equal(segments.length, few ? 0 : durationSeconds)
    const known = truth.heat(lectureId)
    for (const [second, { watched, rewatched, skipped, left }] of segments.entries())
      assert.deepEqual({ watched, rewatched, skipped, left }, known[second], `${lectureId} at ${second}`)
  }
}

/** All days against those before, on which nothing happened. */
async function comparisonAgrees() {
  const dayAfter = (days: number) => new Date(MORNING + days * DAY).toISOString().slice(0, 10)
  const period = `from=${dayAfter(0)}&to=${dayAfter(4)}`
  const before = `againstFrom=${dayAfter(-5)}&againstTo=${dayAfter(-1)}`
  const path = `instructor/${courseId}/compare?${period}&${before}`
  const shown = (await call('GET', path, teacher)) as Comparison
  const { course, ofLecture } = truth
  assert.equal(shown.period.views, course.views)
  assert.equal(shown.period.playbacks, course.playbacks + doublers.length * 2)
  near(shown.period.uniqueStudents, course.students.size + doublers.length, 'students of the period')
  assert.deepEqual([shown.against.views, shown.against.uniqueStudents], [0, 0])
  for (const lecture of shown.lectures.slice(0, LECTURES)) {
    const known = ofLecture.get(lecture.lectureId)
    assert.equal(lecture.period.views, known?.playbacks)
    assert.equal(lecture.period.watchTimeSeconds, (known?.watchTimeMs ?? NaN) / 1000)
    near(lecture.period.uniqueStudents, known?.students.size ?? NaN, lecture.lectureTitle)
    assert.equal(lecture.against.views, 0)
  }
}

test('what the dashboard shows of 10,000 students over five days is what happened', async (t) => {
  const published = [...lectures, doubled]
  const payload = { courseId, creatorId, title: 'Algebra', version: 1, lectures: published }
  await service.hear(coursePublished, payload)
  const began = performance.now()
  const moments = simulate({ lectures, students, sittings, reportsEach: 2, chance })
  let flushing = Promise.resolve(0)
  for (const [n, moment] of moments.entries()) {
    if (machine.now() < WIPED_AT && moment.at >= WIPED_AT) {
      await flushing
      await service.flusher.flushOnce()
      await service.wipeRedis()
      truth.playersForgotten()
    }
    await happen(moment)
    if (n === 1 || n === 2) await happenApart()
    // In the middle of a sitting as well as between two, while reports go on.
    if (n % 3 === 0) {
      await flushing
      flushing = service.flusher.flushOnce()
    }
  }
  await flushing
  t.diagnostic(`${moments.reduce((sum, { reports }) => sum + reports.length, 0)} reports`)

  const dashboard = async () => (await call('GET', `instructor/${courseId}?days=30`, teacher)) as Dashboard
  const live = await dashboard()
  agrees(live)
  await heatAgrees()
  await service.flusher.flushOnce()
  await service.wipeRedis()
  const stored = await dashboard()
  agrees(stored)
  await heatAgrees()
  await comparisonAgrees()
  const { course } = truth
  t.diagnostic(
    `${course.views} views, ${course.playbacks} playbacks, ${course.watchTimeMs / 3_600_000} h, ` +
      `${course.students.size} students (${stored.overview.uniqueActiveUsers} shown), ` +
      `${Math.round(performance.now() - began)} ms`,
  )
})
