import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { analyticsExportApi } from '@aetherlearn/contracts/analytics/export'
import { coursePublished } from '@aetherlearn/contracts/course/events'
import type { Endpoint } from '@aetherlearn/contracts/shape'
import { addressOf } from '@aetherlearn/sdk/client'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService } from '@aetherlearn/testing/lone-service'
import { parquetMetadata } from 'hyparquet'
import { createConnection, Types } from 'mongoose'
import { analyticsRows } from '../flush/rows-store.ts'

/** A multiple of 2,000. */
const PLAYBACKS = Number(process.env['PLAYBACKS'] ?? 100_000)
const [DAYS, LECTURES] = [200, 1000]
/** Of objects: less than half of the file, so it cannot be waiting for its end. */
const HEAP_MIB = 128
/** What the process may grow by, with all that V8 takes besides. */
const MEMORY_BYTES = 160 * 1024 * 1024
const FIRST_DAY = Date.parse('2026-01-01')
const DAY_MS = 86_400_000
/** Before everything else there is. */
const WARM_UP = { to: '2025-12-31' }

const service = await startLoneService('analytics-service', new URL('../main.ts', import.meta.url), {
  NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
})
after(() => service.close())
// Patient, as this is much to write at once.
const mongo = await createConnection(service.stores.mongoUrl, {
  dbName: service.stores.database,
}).asPromise()
after(() => mongo.close())
const rows = analyticsRows(mongo)
const courseId = newId()
const lectures = Array.from({ length: LECTURES }, (_, i) => ({
  lectureId: newId(),
  lectureTitle: `Lecture ${i}`,
  durationSeconds: 600,
}))
const creatorId = newId()
const token = await service.tokenFor({ id: creatorId, role: 'instructor' })

const course = new Types.ObjectId(courseId)
const ids = lectures.map(({ lectureId }) => new Types.ObjectId(lectureId))
const someId = (i: number) => ids[i % LECTURES] ?? course

const aPlayback = (i: number) => {
  const startedAt = new Date(FIRST_DAY + Math.floor((i * DAYS * DAY_MS) / PLAYBACKS))
  const at = new Date(startedAt.getTime() + 60_000)
  const ranges: [number, number][] = [[0, 20], [25, 40]] // prettier-ignore
  return {
    ...{ _id: randomUUID(), courseId: course, lectureId: someId(i), userId: new Types.ObjectId() },
    ...{ startedAt, at, watchTimeMs: 35_000, ranges, expiresAt: new Date('2030-01-01') },
  }
}
const aDay = (i: number) => ({
  _id: new Types.ObjectId(),
  courseId: course,
  day: new Date(FIRST_DAY + i * DAY_MS).toISOString().slice(0, 10),
  lectures: Object.fromEntries(
    lectures.map(({ lectureId }) => [lectureId, { views: 3, watchTimeMs: 90_500 }]),
  ),
})

async function open(endpoint: Endpoint, query: object = {}, signal?: AbortSignal) {
  const address = addressOf(endpoint, { params: { courseId }, query: { ...query } })
  const init = { headers: { authorization: `Bearer ${token}` }, ...(signal && { signal }) }
  return fetch(service.address + address, init)
}

before(async () => {
  await service.tell(coursePublished, { courseId, creatorId, title: 'Algebra', version: 1, lectures })
  for (let i = 0; i < PLAYBACKS; i += 2000)
    await rows.playbacks.insertMany(Array.from({ length: 2000 }, (_, k) => aPlayback(i + k)))
  for (let i = 0; i < DAYS; i += 20)
    await rows.lectureDays.insertMany(Array.from({ length: 20 }, (_, k) => aDay(i + k)))
  // The service hears of the course in its own time.
  for (const until = Date.now() + 20_000; ;) {
    const small = await open(analyticsExportApi.exportXapi, WARM_UP)
    await small.text()
    if (small.ok) break
    assert.ok(Date.now() < until, `${small.status}`)
  }
  await (await open(analyticsExportApi.exportCsv, WARM_UP)).text()
})

/** Of the service’s process, as it says itself. */
async function memory() {
  const metrics = await (await fetch(`${service.address}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1])
}

for (const { name, endpoint, mark, count } of [
  {
    name: 'statements of many playbacks',
    endpoint: analyticsExportApi.exportXapi,
    mark: '"verb"',
    count: 3 * PLAYBACKS,
  },
  {
    name: 'a table of 200,000 rows',
    endpoint: analyticsExportApi.exportCsv,
    mark: '\r\n',
    count: 1 + DAYS * LECTURES,
  },
]) {
  test(`${name} take no more memory than a few`, async (t) => {
    const least = await memory()
    let most = least
    let [found, bytes, looked] = [0, 0, 0]
    let rest = ''
    const response = await open(endpoint)
    assert.ok(response.body)
    for await (const piece of response.body) {
      const parts = (rest + Buffer.from(piece).toString('latin1')).split(mark)
      found += parts.length - 1
      rest = (parts.at(-1) ?? '').slice(-mark.length)
      bytes += piece.length
      if (bytes - looked < 16_000_000) continue
      looked = bytes
      most = Math.max(most, await memory())
    }
    const [from, to, file] = [least, most, bytes].map((size) => Math.round(size / 1024 / 1024))
    t.diagnostic(`a file of ${file} MiB: from ${from} MiB to ${to} MiB resident at most`)
    assert.equal(found, count)
    assert.ok(most - least < MEMORY_BYTES, `${from} MiB → ${to} MiB`)
  })
}

test('a Parquet file of many playbacks takes no more memory than a few', async (t) => {
  const least = await memory()
  let most = least
  const pieces: Uint8Array[] = []
  const response = await open(analyticsExportApi.exportParquet)
  assert.ok(response.body)
  for await (const piece of response.body) {
    if (pieces.push(piece) % 32 === 0) most = Math.max(most, await memory())
  }
  const file = Buffer.concat(pieces)
  const [from, to, size] = [least, most, file.length].map((bytes) => Math.round(bytes / 1024 / 1024))
  t.diagnostic(`a file of ${size} MiB: from ${from} MiB to ${to} MiB resident at most`)
  const { num_rows, row_groups } = parquetMetadata(Uint8Array.from(file).buffer)
  assert.deepEqual([Number(num_rows), row_groups.length], [PLAYBACKS, PLAYBACKS / 5000])
  assert.ok(most - least < MEMORY_BYTES, `${from} MiB → ${to} MiB`)
})

const database = async () => {
  const { metrics } = (await mongo.db?.command({ serverStatus: 1 })) ?? {}
  return { open: Number(metrics.cursor.open.total), returned: Number(metrics.document.returned) }
}

test('no more is read than the client takes, and nothing more once it has gone away', async () => {
  const client = new AbortController()
  const from = await database()
  const response = await open(analyticsExportApi.exportXapi, {}, client.signal)
  const reader = response.body?.getReader()
  assert.equal((await reader?.read())?.done, false)
  // Until it stands still: as far as the buffers in between go.
  let returned = -1
  for (let still = 0; still < 50;) {
    const now = await database()
    still = now.returned === returned ? still + 1 : 0
    returned = now.returned
  }
  assert.ok(returned - from.returned < PLAYBACKS / 4, `${returned - from.returned} rows were read`)
  assert.ok((await database()).open > from.open)
  client.abort()
  for (const until = Date.now() + 20_000; (await database()).open > from.open;)
    assert.ok(Date.now() < until, 'the cursor stayed open')
  // Whoever gave one up may have the next.
  assert.equal((await open(analyticsExportApi.exportXapi, WARM_UP)).status, 200)
})
