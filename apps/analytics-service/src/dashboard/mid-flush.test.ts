import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { createFlusher } from '../flush/flusher.ts'
import { createPeriodReader } from './compare-reader.ts'
import { lastDays } from './periods.ts'
import { createReader, type ReaderDeps } from './reader.ts'
import { mergeCounts, type Counts } from './rules.ts'

const stores = await testStores()
const { verifyToken } = await createTokenMint()
const service = await openFixture(stores, verifyToken)
const { batches, counters, live, numbers, sketches, playbacks, analytics, flusher } = service
after(async () => {
  await service.close()
  await stores.close()
})

/** Midnight may pass at any time. */
const today = () => lastDays(2, Date.now())
const each = (times: number, work: () => Promise<void>) => Promise.all(Array.from({ length: times }, work))
const countViews = (courseId: string, times: number) =>
  each(times, () => counters.countView({ userId: newId(), courseId, traffic: 'students' }))
/** A second each, by as many students. */
const watch = (courseId: string, lectureId: string, times: number) =>
  each(times, () => {
    const report = { courseId, lectureId, watchTimeDelta: 1, segments: [[0, 2]] satisfies [number, number][] }
    return counters.countWatching({ ...report, userId: newId(), traffic: 'students', durationSeconds: 60 })
  })

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

/** Reads the numbers of a course with a whole flush between the two databases; the truth is 5 views. */
async function readAroundFlush(wrong: { live?: (read: ReaderDeps['live']) => ReaderDeps['live'] } = {}) {
  const courseId = newId()
  await countViews(courseId, 5)
  const read: ReaderDeps['numbers']['read'] = async (...course) => {
    await flusher.flushOnce()
    return numbers.read(...course)
  }
  const readNumbers = createReader({ live: wrong.live?.(live) ?? live, sketches, numbers: { read } })
  return (await readNumbers(courseId, [], today())).counts.views
}

test('a batch that moves to MongoDB while a dashboard is read is counted once', async () => {
  assert.equal(await readAroundFlush(), 5)
})

test('of a period as well it is counted once', async () => {
  const courseId = newId()
  await countViews(courseId, 5)
  const readPeriod = createPeriodReader({
    ...{ live, dayStudents: async () => 0, lectureStudents: async () => new Map() },
    numbers: {
      readPeriod: async (...course) => {
        await flusher.flushOnce()
        return numbers.readPeriod(...course)
      },
    },
  })
  const { stored } = await readPeriod(courseId, today())
  assert.equal(sum([...stored.days.values()].map((day) => day.views)), 5)
})

test('mutant: with an id that is given only when the batch is claimed, it is counted twice', async () => {
  const idAtClaim = (reader: ReaderDeps['live']): ReaderDeps['live'] => ({
    ...reader,
    read: async (...course) => {
      const counted = await reader.read(...course)
      // What is live has no id yet.
      return { ...counted, parts: counted.parts.map((part) => ({ ...part, id: '' })) }
    },
  })
  assert.equal(await readAroundFlush({ live: idAtClaim }), 10)
})

test('mutant: read from MongoDB first, the batch is in neither', async () => {
  const courseId = newId()
  await countViews(courseId, 5)
  const stored = await numbers.read(courseId, [], today())
  await flusher.flushOnce()
  const { parts } = await live.read(courseId, [], [])
  assert.equal(mergeCounts(parts, stored).views, 0)
})

const at = (share: number, values: number[]) =>
  Math.round(values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? 0)

/** Totals, lectures and days of one answer are of one moment. */
function assertAgreement({ views, watchTimeMs, lectures, days }: Counts) {
  const ofLectures = [...lectures.values()]
  const ofDays = [...days.values()]
  assert.equal(sum(ofLectures.map((lecture) => lecture.watchTimeMs)), watchTimeMs)
  assert.equal(sum(ofDays.map((day) => day.watchTimeMs)), watchTimeMs)
  assert.equal(sum(ofDays.map((day) => day.views)), views)
  assert.equal(sum(ofDays.map((day) => day.playbacks)), sum(ofLectures.map((lecture) => lecture.views)))
}

const unsteady =
  <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    if (Math.random() < 0.05) throw new Error('died before')
    const result = await work(...args)
    if (Math.random() < 0.05) throw new Error('died after')
    return result
  }

test('under many flushers that die, dashboards never show too much or less than before, and in the end the truth', async (t) => {
  const courseId = newId()
  const lectureIds = [newId(), newId()]
  const read = async () => (await service.readNumbers(courseId, lectureIds, today())).counts
  let [sent, flushes, deaths, shownViews, shownMs] = [0, 0, 0, 0, 0]
  let running = true
  const latencies: number[] = []
  const flush = async () => {
    const { flushOnce } = createFlusher({
      batches: { ...batches, dirty: async () => [courseId], drop: unsteady(batches.drop) },
      sketches,
      playbacks,
      analytics: { apply: unsteady(analytics.apply) },
    })
    while (running) {
      const flushed = await flushOnce().catch(() => {
        deaths += 1
        return 0
      })
      flushes += flushed
      await pause(10)
    }
  }
  const poll = async () => {
    while (running) {
      const started = performance.now()
      const counts = await read()
      latencies.push(performance.now() - started)
      const { views, watchTimeMs } = counts
      assert.ok(views >= shownViews && views <= sent, `${shownViews} <= ${views} <= ${sent}`)
      assert.ok(watchTimeMs >= shownMs && watchTimeMs <= sent * 1000, `${shownMs} <= ${watchTimeMs}`)
      assertAgreement(counts)
      shownViews = views
      shownMs = watchTimeMs
    }
  }
  const work = [flush(), flush(), flush(), poll()]
  for (let i = 0; i < 100 || flushes < 20; i += 1) {
    sent += 10
    await Promise.all([
      countViews(courseId, 10),
      ...lectureIds.map((lectureId) => watch(courseId, lectureId, 5)),
    ])
    await pause(4)
  }
  running = false
  await Promise.all(work)
  const told = await read()
  assert.deepEqual([told.views, told.watchTimeMs], [sent, sent * 1000])
  await flusher.flushOnce()
  const stored = await numbers.read(courseId, [], today())
  assert.deepEqual([stored.views, stored.watchTimeMs], [sent, sent * 1000])
  assertAgreement(stored)
  t.diagnostic(
    `${latencies.length} reads, p99 ${at(0.99, latencies)} ms; ${flushes} flushes, ${deaths} deaths`,
  )
})
