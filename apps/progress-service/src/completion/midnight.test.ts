import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { retry } from '@aetherlearn/sdk/retry'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const BEFORE = Date.parse('2026-05-01T23:59:59.900Z')
const AFTER = Date.parse('2026-05-02T00:00:00.100Z')
/** Two instances on either side of midnight, as their clocks are. */
const clocks = { evening: BEFORE, morning: AFTER }
const [evening, morning] = [
  await openFixture(stores, mint.verifyToken, { now: () => clocks.evening }),
  await openFixture(stores, mint.verifyToken, { now: () => clocks.morning }),
]
const Outbox = outboxModel(evening.mongo)
after(async () => {
  await Promise.all([evening.close(), morning.close()])
  await stores.close()
})

/** Where all of them want one row, a busy server sends some away, and they come again: not at once, or it stays as busy. */
const untilTaken = (call: () => Promise<unknown>) => retry(call, { attempts: 20 })

async function aStudent() {
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  await evening.publish(courseId, [lectureId])
  await evening.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const at = [evening, morning].map(({ app }) => clientOf(app, progressApi, token))
  const body = { courseId, lectureId }
  // Marks count only with a save behind them.
  await at[0]?.save({ body: { ...body, watchTime: 1 } })
  /** So many of each at once, from these instances in turn. */
  const storm = async (clients: typeof at, times: number) => {
    const calls = Array.from({ length: times }, (_, n) => n).flatMap((n) => clients[n % clients.length] ?? [])
    await Promise.all(
      calls.flatMap((client) => [
        untilTaken(() => client.complete({ body })),
        untilTaken(() => client.markActivity()),
      ]),
    )
  }
  const state = async () => {
    const stats = await at[1]?.getStudentStats()
    const days = (await at[1]?.getHeatmap()) ?? []
    return {
      completed: stats?.totalCompleted,
      streak: stats?.currentStreak,
      days: days.map(({ date, count }) => [date, count]),
    }
  }
  const told = async () => (await Outbox.find({ 'payload.userId': userId }).lean()).map((row) => row.name)
  return { at, storm, state, told }
}

test('fifty completions and fifty marks at once are one completion, one mark, one day and a streak of one', async () => {
  const { at, storm, state, told } = await aStudent()
  await storm(at.slice(0, 1), 50)
  const once = { completed: 1, streak: 1, days: [['2026-05-01', 2]] }
  assert.deepEqual(await state(), once)
  // The same again after midnight: the lecture is completed, and the minute is not over.
  await storm(at.slice(1), 50)
  assert.deepEqual(await state(), once)
  assert.deepEqual((await told()).toSorted(), ['course.completed', 'lecture.completed'])
})

test('spread over midnight they still count once each, and the streak is that of the days that were counted', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { at, storm, state, told } = await aStudent()
    await storm(at, 50)
    const { completed, streak, days } = await state()
    assert.equal(completed, 1)
    assert.equal(
      days.reduce((sum, [, count]) => sum + Number(count), 0),
      2,
    )
    assert.equal(streak, days.length)
    assert.deepEqual((await told()).toSorted(), ['course.completed', 'lecture.completed'])
  }
})
