import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testClickHouse } from '@aetherlearn/testing/clickhouse'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { dayOf } from '../batch.ts'
import { createDayStudents } from '../dashboard/day-students.ts'
import { createLectureStudents } from '../dashboard/lecture-students.ts'
import { createPlaybackReader } from '../dashboard/playback-store.ts'
import { openFixture } from '../fixture.ts'
import type { Traffic } from '../ingest/traffic.ts'
import { startTimeMachine } from '../proof/time-machine.ts'
import { createDrain } from './drain.ts'
import { createEventTable } from './event-table.ts'
import { createGate } from './gate.ts'
import { countedByTable, type StudentCounts } from './student-counts.ts'

const DAY = 24 * 3_600_000
/** Ahead of all clocks: nothing that MongoDB removes by its own clock is removed while we look. */
const NOON = new Date(Date.now() + DAY).setUTCHours(12, 0, 0, 0)
const day = (number: number) => dayOf(NOON + number * DAY)

const [stores, clickHouse] = await Promise.all([testStores(), testClickHouse()])
const machine = await startTimeMachine(stores, NOON)
const { verifyToken } = await createTokenMint()
const { url, database } = clickHouse
const table = createEventTable({ url, database, user: 'default', password: '', keptDays: 0 })
const service = await openFixture(machine.stores, verifyToken, {
  now: machine.now,
  // Straight into the table: what Kafka does on the way is another test.
  openLog: ({ redis, pseudonyms }) => ({
    ...createGate({ redis, mostWaiting: 1000 }),
    table,
    countedBy: (others) => countedByTable(table, others),
    ...createDrain({ redis, log: table, pseudonyms }),
    feedOnce: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  }),
})
after(async () => {
  await service.close()
  await Promise.all([stores.close(), clickHouse.close()])
})

const inRows: StudentCounts = {
  dayStudents: createDayStudents(service.redis, service.sketchStore),
  lectureStudents: createLectureStudents(service.redis, createPlaybackReader(service.mongo)),
}
const nowhere: StudentCounts = {
  dayStudents: () => Promise.reject(new Error('asked elsewhere')),
  lectureStudents: () => Promise.reject(new Error('asked elsewhere')),
}
const answers: Record<string, StudentCounts> = {
  'rows and sketches': inRows,
  ClickHouse: countedByTable(table, nowhere),
}

const [courseId, one, two] = [newId(), newId(), newId()]
const nextStudent = knownIds()
const [anna, ben, carl, dora] = [nextStudent(), nextStudent(), nextStudent(), nextStudent()]
/** Ten seconds of a lecture in a sitting of their own, unless they say otherwise. */
async function watch(userId: string, lectureId: string, traffic: Traffic = 'students', watchTimeDelta = 10) {
  await machine.letPass(60_000)
  const sessionId = newId()
  await service.counters.countWatching({ userId, courseId, lectureId, traffic, watchTimeDelta, sessionId })
}
async function begin() {
  // Somebody somewhere else: from the day after that on the log has all there is.
  const elsewhere = { courseId: newId(), lectureId: newId(), traffic: 'students', watchTimeDelta: 5 } as const
  await service.counters.countWatching({ ...elsewhere, userId: anna })
  await machine.letPass(DAY)
  await watch(carl, one)
  await machine.letPass(DAY)
  await watch(anna, one)
  await machine.letPass(DAY)
  await watch(anna, one)
  await watch(anna, two)
  await watch(dora, two, 'own')
  await watch(dora, two, 'programs')
  await machine.letPass(DAY)
  await watch(ben, one)
  await service.flusher.flushOnce()
  await service.eventLog?.drainOnce()
}
await begin()

/** One promise, kept by each of those who answer. */
function every(promise: string, keeps: (counts: StudentCounts) => Promise<void>) {
  for (const [name, counts] of Object.entries(answers)) test(`${name}: ${promise}`, () => keeps(counts))
}

every('students of a period are those who watched in it, each once', async ({ dayStudents }) => {
  assert.equal(await dayStudents(courseId, { from: day(2), to: day(4) }), 2)
  assert.equal(await dayStudents(courseId, { from: day(1), to: day(2) }), 2)
  assert.equal(await dayStudents(courseId, { from: day(1), to: day(4) }), 3)
  assert.equal(await dayStudents(courseId, { from: day(5), to: day(9) }), 0)
  assert.equal(await dayStudents(newId(), { from: day(1), to: day(4) }), 0)
})

every('students of each lecture as well', async ({ lectureStudents }) => {
  const of = async (from: number, to: number) => {
    const counts = await lectureStudents(courseId, { from: day(from), to: day(to) })
    return [counts.get(one) ?? 0, counts.get(two) ?? 0]
  }
  assert.deepEqual(await of(1, 4), [3, 1])
  assert.deepEqual(await of(2, 3), [1, 1])
  assert.deepEqual(await of(4, 9), [1, 0])
})

test('periods that began before the log did are answered out of the rows', async () => {
  const counts = countedByTable(table, inRows)
  const early = { from: day(0), to: day(4) }
  assert.equal(await counts.dayStudents(courseId, early), 3)
  assert.equal((await counts.lectureStudents(courseId, early)).get(one), 3)
  await assert.rejects(answers['ClickHouse']!.dayStudents(courseId, early), { message: 'asked elsewhere' })
})
