import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { keysWith, rowsWith } from '@aetherlearn/testing/traces'
import { lastDays } from '../dashboard/periods.ts'
import { openFixture } from '../fixture.ts'
import { analyticsRows } from '../flush/rows-store.ts'
import { courseKeys, watchedKey } from '../keys.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})

async function aCourse() {
  const [courseId, creatorId, lectureId, second] = [newId(), newId(), newId(), newId()]
  await service.publish({ courseId, creatorId, lectures: [lectureId, second] })
  const numbers = async () => {
    const period = lastDays(2, Date.now())
    const { counts, uniques } = await service.readNumbers(courseId, [lectureId, second], period)
    const lecture = counts.lectures.get(lectureId)
    return {
      courseViews: counts.views,
      views: lecture?.views ?? 0,
      seconds: counts.watchTimeMs / 1000,
      students: uniques.course,
    }
  }
  /** What is counted, but in none of the other numbers. */
  const keptApart = async () => {
    const { counts } = await service.readNumbers(courseId, [], lastDays(2, Date.now()))
    const { ownViews, ownWatchTimeMs, botReports, replayedMs } = counts
    return { ownViews, ownWatchTimeMs, botReports, replayedMs }
  }
  return { courseId, creatorId, lectureId, second, numbers, keptApart }
}
const nextStudent = knownIds()
async function aStudent(id = nextStudent()) {
  const token = await mint.tokenFor({ id, role: 'student' })
  return { id, token, client: clientOf(service.app, analyticsApi, token) }
}

test('one playback is one view, however many reports it sends', async () => {
  const { courseId, lectureId, numbers } = await aCourse()
  const { client } = await aStudent()
  const report = (sessionId?: string) =>
    client.trackTelemetry({
      body: { courseId, lectureId, watchTimeDelta: 1, ...(sessionId && { sessionId }) },
    })
  for (let i = 0; i < 5; i += 1) await report('session-one')
  assert.equal((await numbers()).views, 1)
  await report('session-two')
  assert.equal((await numbers()).views, 2)
  await report()
  await report()
  assert.equal((await numbers()).views, 3)
})

test('without a session id a student’s view of a lecture lasts half an hour', async () => {
  const { courseId, lectureId } = await aCourse()
  const { client } = await aStudent()
  await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 1 } })
  const prefix = `${stores.database}:`
  const [key = ''] = await service.redis.keys(`${prefix}an:*:playback:${lectureId}:*`)
  const left = await service.redis.ttl(key.slice(prefix.length))
  assert.ok(left > 1790 && left <= 1800, `${left} s`)
})

test('students are named by two collections, which are known, and by no key for longer than a minute', async () => {
  const { courseId, lectureId, numbers } = await aCourse()
  const { id, client } = await aStudent()
  await client.trackView({ params: { courseId } })
  for (const session of [{}, { sessionId: 'session-one' }])
    await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 1, ...session } })
  await service.flusher.flushOnce()
  assert.equal((await numbers()).students, 1)
  assert.deepEqual(await keysWith(service.redis, id), [watchedKey(id)])
  assert.ok((await service.redis.ttl(watchedKey(id))) <= 60)
  assert.equal(await service.redis.exists(...Object.values(courseKeys(courseId).liveBatch)), 0)
  assert.deepEqual(Object.keys(await rowsWith(service.mongo, id)).sort(), ['playbacks', 'studentActivity'])
})

test('the same session id of two students is two views', async () => {
  const { courseId, lectureId, numbers } = await aCourse()
  for (const { client } of [await aStudent(), await aStudent()]) {
    await client.trackTelemetry({
      body: { courseId, lectureId, watchTimeDelta: 1, sessionId: 'session-one' },
    })
  }
  const { views, students } = await numbers()
  assert.deepEqual({ views, students }, { views: 2, students: 2 })
})

test('no more watch time counts than passed on the clock, over all of a student’s players and courses', async () => {
  const [one, other] = [await aCourse(), await aCourse()]
  const { client } = await aStudent()
  const began = Date.now()
  for (let i = 0; i < 10; i += 1) {
    for (const { courseId, lectureId } of [one, other]) {
      await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 60 } })
    }
  }
  const counted = (await one.numbers()).seconds + (await other.numbers()).seconds
  const passed = (Date.now() - began) / 1000
  // The first report may reach a minute back.
  assert.ok(counted >= 60 && counted <= 60 + passed, `${counted} s`)
})

test('after a report the next one counts what passed since then', async () => {
  const { courseId, lectureId, numbers } = await aCourse()
  const { client } = await aStudent()
  const report = (watchTimeDelta: number) =>
    client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta } })
  // Before the first: how long its own answer took is part of what passed, too.
  const began = Date.now()
  await report(5)
  await report(60)
  const passed = (Date.now() - began) / 1000
  const { seconds } = await numbers()
  assert.ok(seconds >= 5 && seconds <= 5.3 + passed, `${seconds} s`)
})

test('fractions of seconds add up exactly', async () => {
  const { courseId, lectureId, numbers } = await aCourse()
  for (let i = 0; i < 10; i += 1) {
    const { client } = await aStudent()
    await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 0.1 } })
  }
  assert.equal((await numbers()).seconds, 1)
})

const nothing = { courseViews: 0, views: 0, seconds: 0, students: 0 }
const noneApart = { ownViews: 0, ownWatchTimeMs: 0, botReports: 0, replayedMs: 0 }

test('what those who work on a course do there is kept apart, before and after the flush', async () => {
  const { courseId, creatorId, lectureId, numbers, keptApart } = await aCourse()
  const assistant = newId()
  await service.changeStaff({ courseId, staffIds: [assistant], sequence: 1 })
  for (const id of [creatorId, assistant]) {
    const { client } = await aStudent(id)
    await client.trackView({ params: { courseId } })
    const segments: [number, number][] = [[0, 5]]
    await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 5, segments } })
  }
  const own = { ...noneApart, ownViews: 2, ownWatchTimeMs: 10_000 }
  assert.deepEqual([await numbers(), await keptApart()], [nothing, own])
  await service.flusher.flushOnce()
  assert.deepEqual([await numbers(), await keptApart()], [nothing, own])
  const rows = analyticsRows(service.mongo)
  const kept = await Promise.all([rows.heat, rows.playbacks].map((row) => row.find().toArray()))
  assert.ok(!JSON.stringify(kept).includes(courseId))
})

test('who joins or leaves the course’s staff counts as such from then on', async () => {
  const { courseId, keptApart, numbers } = await aCourse()
  const { id, client } = await aStudent()
  const view = () => client.trackView({ params: { courseId } })
  await view()
  await service.changeStaff({ courseId, staffIds: [id], sequence: 1 })
  await view()
  await service.changeStaff({ courseId, staffIds: [], sequence: 2 })
  await view()
  assert.equal((await numbers()).courseViews, 2)
  assert.equal((await keptApart()).ownViews, 1)
})

test('programs that say so are kept apart, browsers, apps and scripts are not', async () => {
  const { courseId, lectureId, numbers, keptApart } = await aCourse()
  const desktop = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) '
  const programs = [
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    `${desktop}HeadlessChrome/130.0.0.0 Safari/537.36`,
    'Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)',
  ]
  const people = [`${desktop}Chrome/130.0.0.0 Safari/537.36`, 'AetherLearn/2.1', 'node', '']
  const send = async (userAgent: string) => {
    const { token } = await aStudent()
    const headers = { authorization: `Bearer ${token}`, 'user-agent': userAgent }
    const url = `/api/v1/analytics/view/${courseId}`
    assert.equal((await service.app.inject({ method: 'POST', url, headers })).statusCode, 200)
    const payload = { courseId, lectureId, watchTimeDelta: 5 }
    const report = { method: 'POST' as const, url: '/api/v1/analytics/telemetry', headers, payload }
    assert.equal((await service.app.inject(report)).statusCode, 200)
  }
  for (const userAgent of [...programs, ...people]) await send(userAgent)
  assert.deepEqual(await numbers(), { courseViews: 4, views: 4, seconds: 20, students: 4 })
  assert.deepEqual(await keptApart(), { ...noneApart, botReports: 6 })
})

test('time that is reported again although none has passed is kept apart as replayed', async () => {
  const { courseId, lectureId, numbers, keptApart } = await aCourse()
  const { client } = await aStudent()
  const report = () => client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 60 } })
  for (let i = 0; i < 3; i += 1) await report()
  const { seconds } = await numbers()
  const { replayedMs } = await keptApart()
  assert.equal(Math.round(seconds * 1000) + replayedMs, 180_000)
  assert.ok(replayedMs > 100_000, `${replayedMs} ms`)
})

test('a report of nothing counts nothing', async () => {
  const { courseId, lectureId, numbers } = await aCourse()
  const { client } = await aStudent()
  await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 0 } })
  assert.deepEqual(await numbers(), nothing)
})

test('unknown courses and foreign lectures are refused by name', async () => {
  const [{ courseId }, other] = [await aCourse(), await aCourse()]
  const { client } = await aStudent()
  const view = await refusal(client.trackView({ params: { courseId: newId() } }))
  assert.deepEqual([view.status, view.code], [404, 'COURSE_NOT_FOUND'])
  const body = { courseId, lectureId: other.lectureId, watchTimeDelta: 5 }
  const foreign = await refusal(client.trackTelemetry({ body }))
  assert.deepEqual([foreign.status, foreign.errors?.[0]?.field], [404, 'body.lectureId'])
  const unknown = await refusal(client.trackTelemetry({ body: { ...body, courseId: newId() } }))
  assert.deepEqual([unknown.status, unknown.errors?.[0]?.field], [404, 'body.courseId'])
})

test('a lecture published a moment ago is known at once, and an older publication changes nothing', async () => {
  const { courseId, creatorId, lectureId, second } = await aCourse()
  const { client } = await aStudent()
  const added = newId()
  const report = (id: string) =>
    client.trackTelemetry({ body: { courseId, lectureId: id, watchTimeDelta: 1 } })
  await report(lectureId)
  await service.publish({ courseId, creatorId, lectures: [lectureId, second, added], version: 2 })
  await report(added)
  await service.publish({ courseId, creatorId, lectures: [lectureId], version: 1 })
  await report(added)
})

test('input that is not exactly a report is refused with its field named, and counts nothing', async () => {
  const { courseId, lectureId, numbers } = await aCourse()
  const { token } = await aStudent()
  const good = { courseId, lectureId, watchTimeDelta: 5 }
  const bad: [Record<string, unknown>, string][] = [
    [{ ...good, watchTimeDelta: -1 }, 'body.watchTimeDelta'],
    [{ ...good, watchTimeDelta: 1e9 }, 'body.watchTimeDelta'],
    [{ ...good, watchTimeDelta: '5' }, 'body.watchTimeDelta'],
    [{ courseId, lectureId }, 'body.watchTimeDelta'],
    [{ ...good, courseId: { $gt: '' } }, 'body.courseId'],
    [{ ...good, lectureId: [lectureId] }, 'body.lectureId'],
    [{ ...good, views: 100 }, 'body.views'],
    [{ ...good, sessionId: '' }, 'body.sessionId'],
    [{ ...good, segments: [[0, -1]] }, 'body.segments.0.1'],
    [{ ...good, segments: [[0]] }, 'body.segments.0'],
    [{ ...good, segments: Array.from({ length: 51 }, () => [0, 1]) }, 'body.segments'],
  ]
  for (const [body, field] of bad) {
    const response = await rawCall(service.app, {
      method: 'POST',
      url: analyticsApi.trackTelemetry.url,
      token,
      body,
    })
    assert.deepEqual([response.statusCode, response.json().errors[0].field], [400, field])
  }
  const url = '/api/v1/analytics/view/not-an-id'
  const view = await rawCall(service.app, { method: 'POST', url, token })
  assert.deepEqual([view.statusCode, view.json().errors[0].field], [400, 'params.courseId'])
  assert.deepEqual(await numbers(), nothing)
})

test('every route asks for a token, but for those that say that they do not', async () => {
  const open: string[] = ['public', 'signed-url']
  for (const { method, url, config } of Object.values(analyticsApi)) {
    if (open.includes(config.access)) continue
    const response = await rawCall(service.app, { method, url: url.replace(':courseId', newId()) })
    assert.equal(response.statusCode, 401, url)
  }
})
