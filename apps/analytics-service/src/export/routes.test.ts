import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { coursePublished } from '@aetherlearn/contracts/course/events'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { parquetReadObjects } from 'hyparquet'
import { Types } from 'mongoose'
import { dayOf } from '../batch.ts'
import { openFixture } from '../fixture.ts'
import { analyticsRows } from '../flush/rows-store.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})
const HEADING = 'date,lecture_id,lecture_title,playbacks,watch_time_seconds'

async function aCourse(titles = ['Sets', 'Groups']) {
  const [courseId, creatorId] = [newId(), newId()]
  const lectures = titles.map((lectureTitle) => ({ lectureId: newId(), lectureTitle, durationSeconds: 60 }))
  await service.hear(coursePublished, { courseId, creatorId, title: 'Algebra', version: 1, lectures })
  const token = await mint.tokenFor({ id: creatorId, role: 'instructor' })
  const download = async (kind: 'csv' | 'xapi' | 'parquet', query = '') => {
    const url = `/api/v1/analytics/instructor/${courseId}/export/${kind}${query}`
    const response = await rawCall(service.app, { method: 'GET', url, token })
    assert.equal(response.statusCode, 200, response.body)
    return response
  }
  const csv = async (query?: string) => (await download('csv', query)).body.split('\r\n')
  const statements = async (query?: string): Promise<{ verb: { id: string }; actor: object }[]> =>
    (await download('xapi', query)).json()
  const table = async (query?: string) => {
    const { rawPayload } = await download('parquet', query)
    return parquetReadObjects({ file: Uint8Array.from(rawPayload).buffer })
  }
  const [first = '', second = ''] = lectures.map(({ lectureId }) => lectureId)
  return { courseId, lectures: [first, second] as const, token, download, csv, statements, table }
}
async function watch(courseId: string, lectureId: string, seconds: number) {
  const id = newId()
  const client = clientOf(service.app, analyticsApi, await mint.tokenFor({ id, role: 'student' }))
  const segments: [number, number][] = [[0, seconds]]
  await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: seconds, segments } })
  return id
}
const today = () => dayOf(Date.now())

test('the table has a row for each day and lecture, whether its counts are live, claimed, being stored or stored', async () => {
  const { courseId, lectures, csv, download } = await aCourse()
  const [first, second] = lectures
  const { lectureDays } = analyticsRows(service.mongo)
  const row = (day: string, watched: Record<string, { views: number; watchTimeMs: number }>) => ({
    _id: new Types.ObjectId(),
    courseId: new Types.ObjectId(courseId),
    day,
    lectures: watched,
  })
  const gone = newId()
  await lectureDays.insertMany([
    row('2026-01-02', { [second]: { views: 2, watchTimeMs: 1500 }, [first]: { views: 1, watchTimeMs: 0 } }),
    row('2025-12-31', { [gone]: { views: 1, watchTimeMs: 2000 } }),
  ])
  await watch(courseId, second, 5)
  await watch(courseId, first, 2.5)
  const before = await csv()
  assert.deepEqual(before, [
    HEADING,
    `2025-12-31,${gone},,1,2`,
    `2026-01-02,${first},Sets,1,0`,
    `2026-01-02,${second},Groups,2,1.5`,
    `${today()},${first},Sets,1,2.5`,
    `${today()},${second},Groups,1,5`,
    '',
  ])
  const claim = await service.batches.claim(courseId)
  assert.deepEqual(await csv(), before)
  assert.ok(claim)
  // In MongoDB, and not dropped from Redis yet.
  await service.analytics.apply(claim.batch, { uniques: { course: 2, days: new Map() }, at: new Date() })
  assert.deepEqual(await csv(), before)
  await service.flusher.flushOnce()
  assert.deepEqual(await csv(), before)
  await watch(courseId, first, 2)
  assert.equal((await csv()).at(-3), `${today()},${first},Sets,2,4.5`)
  assert.deepEqual(await csv('?from=2026-01-01&to=2026-01-31'), [HEADING, ...before.slice(2, 4), ''])
  assert.deepEqual(await csv('?to=2025-12-30'), [HEADING, ''])
  const { headers } = await download('csv')
  assert.equal(headers['content-type'], 'text/csv; charset=utf-8; header=present')
  assert.equal(headers['content-disposition'], `attachment; filename="course-${courseId}.csv"`)
})

test('a title of commas, quotes and lines stays one cell, and one that is a formula is text', async () => {
  const { courseId, lectures, csv } = await aCourse(['=1+1,"x"\r\ny', 'Groups'])
  await watch(courseId, lectures[0], 1)
  assert.equal((await csv()).slice(1).join('\r\n'), `${today()},${lectures[0]},"'=1+1,""x""\r\ny",1,1\r\n`)
})

test('statements tell of every playback that is stored, once', async () => {
  const { courseId, lectures, statements } = await aCourse()
  assert.deepEqual(await statements(), [])
  const students = [await watch(courseId, lectures[0], 5), await watch(courseId, lectures[1], 10)]
  await service.flusher.flushOnce()
  const told = await statements()
  assert.deepEqual(
    told.map(({ verb }) => verb.id.split('/').at(-1)),
    ['initialized', 'paused', 'initialized', 'paused'],
  )
  const accounts = told.map(({ actor }) => JSON.stringify(actor))
  for (const [i, student] of students.entries())
    assert.ok(accounts.slice(2 * i, 2 * i + 2).every((account) => account.includes(student)))
  assert.ok(JSON.stringify(told[1]).includes('/played-segments":"0[.]5"'))
  assert.deepEqual(await statements('?to=2026-01-01'), [])
  assert.equal((await statements(`?from=${today()}`)).length, 4)
})

test('tables of Parquet have the playbacks of the statements, and the numbers of the CSV', async () => {
  const { courseId, lectures, table, download } = await aCourse()
  assert.deepEqual(await table(), [])
  const students = [await watch(courseId, lectures[0], 5), await watch(courseId, lectures[1], 10)]
  const numbers = [
    { lecture_id: lectures[0], lecture_title: 'Sets', playbacks: 1n, watch_time_ms: 5000n },
    { lecture_id: lectures[1], lecture_title: 'Groups', playbacks: 1n, watch_time_ms: 10_000n },
  ].map((row) => ({ date: new Date(today()), ...row }))
  assert.deepEqual(await table('?of=lecture-days'), numbers)
  await service.flusher.flushOnce()
  assert.deepEqual(await table('?of=lecture-days'), numbers)
  assert.deepEqual(await table('?of=lecture-days&to=2026-01-01'), [])
  const rows = await table(`?from=${today()}`)
  assert.deepEqual(
    rows.map((row) => [row['student_id'], row['watched_seconds'], row['watched']]),
    [
      [students[0], 5, [{ from: 0, to: 5 }]],
      [students[1], 10, [{ from: 0, to: 10 }]],
    ],
  )
  const { headers } = await download('parquet', '?of=lecture-days')
  assert.equal(headers['content-type'], 'application/vnd.apache.parquet')
  assert.equal(
    headers['content-disposition'],
    `attachment; filename="course-${courseId}-lecture-days.parquet"`,
  )
})

test('what is no period is refused with its field named, and courses of others are not exported', async () => {
  const { courseId } = await aCourse()
  const stranger = await mint.tokenFor({ role: 'instructor' })
  const { exportCsv, exportXapi, exportParquet } = clientOf(service.app, analyticsApi, stranger)
  for (const call of [exportCsv, exportXapi, exportParquet]) {
    const fieldOf = async (query: { from?: string; to?: string }) => {
      const { status, errors } = await refusal(call({ params: { courseId }, query }))
      return [status, errors?.[0]?.field]
    }
    assert.deepEqual(await fieldOf({ from: '2026-02-30' }), [400, 'query.from'])
    assert.deepEqual(await fieldOf({ to: '02026-02-20' }), [400, 'query.to'])
    assert.deepEqual(await fieldOf({ from: '2026-02-02', to: '2026-02-01' }), [400, 'query.to'])
    assert.equal((await refusal(call({ params: { courseId } }))).status, 403)
    assert.equal((await refusal(call({ params: { courseId: newId() } }))).status, 404)
  }
})
