import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { EvidenceEntry } from '@aetherlearn/contracts/progress/evidence'
import { daysTold, verifyEvidence } from '@aetherlearn/sdk/evidence'
import { newId } from '@aetherlearn/testing/ids'
import { dyingAt } from '@aetherlearn/testing/mortal'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { happenings } from './learner.fixture.ts'
import { createSealer } from './sealer.ts'

const stores = await testStores()
const mint = await createTokenMint()
const clock = { at: Date.parse('2026-05-10T00:00:00Z') }
const now = () => clock.at
const service = await openFixture(stores, mint.verifyToken, { now })
const twin = await openFixture(stores, mint.verifyToken, { now })
after(async () => {
  await Promise.all([service.close(), twin.close()])
  await stores.close()
})
const { due, chains, reports, keys, sealer } = service.evidence
const aLearner = () => {
  const userId = newId()
  const [algebra, latin] = [0, 1].map(() => ({ courseId: newId(), lectureId: newId() }))
  assert.ok(algebra && latin)
  return { userId, algebra, latin, ...happenings(service, userId) }
}
const issue = async (userId: string, scope = {}) => {
  const document = JSON.parse(JSON.stringify(await reports.issue(userId, scope))) as unknown
  const verdict = await verifyEvidence(document, { keys: await keys.publicKeys() })
  assert.deepEqual([verdict.problems, verdict.valid], [[], true])
  return (await reports.issue(userId, scope)).report
}
const told = (entries: EvidenceEntry[]) =>
  entries.map(({ content, parts = [] }) => [
    content?.date,
    content?.corrects ?? 0,
    parts.reduce((sum, { minutes }) => sum + minutes, 0),
    parts.reduce((sum, { completions }) => sum + completions, 0),
  ])

test('a day is sealed when it is over everywhere on earth, and not before', async () => {
  const { userId, algebra, watched, completed } = aLearner()
  await watched('2026-05-08', algebra, 3)
  await completed('2026-05-08', algebra)
  await watched('2026-05-09', algebra, 2)
  clock.at = Date.parse('2026-05-09T12:59:59Z')
  await sealer.sealOnce()
  assert.deepEqual((await issue(userId)).entries, [])
  clock.at = Date.parse('2026-05-09T13:00:00Z')
  await sealer.sealOnce()
  const { entries, totals } = await issue(userId)
  assert.deepEqual(told(entries), [['2026-05-08', 0, 3, 1]])
  assert.deepEqual(totals, { minutes: 3, lateMinutes: 0, completions: 1, days: 1 })
  clock.at = Date.parse('2026-05-10T13:00:00Z')
  await sealer.sealOnce()
  await sealer.sealOnce()
  assert.deepEqual(told((await issue(userId)).entries).at(-1), ['2026-05-09', 0, 2, 0])
})

test('minutes that come late are put behind as a correction, and what is sealed stays as it is', async () => {
  const { userId, algebra, watched, late } = aLearner()
  clock.at = Date.parse('2026-05-12T13:00:00Z')
  await watched('2026-05-10', algebra, 4)
  await watched('2026-05-11', algebra, 1)
  await sealer.sealOnce()
  const sealed = (await issue(userId)).entries
  await late('2026-05-10', 20, 1)
  await sealer.sealOnce()
  await late('2026-05-10', 7, 2)
  await sealer.sealOnce()
  // Told again, as by a copier that died: nothing new.
  await late('2026-05-10', 7, 2)
  await sealer.sealOnce()
  const { entries, totals } = await issue(userId)
  assert.deepEqual(entries.slice(0, 2), sealed)
  assert.deepEqual(told(entries.slice(2)), [
    ['2026-05-10', 1, 24, 0],
    ['2026-05-10', 3, 11, 0],
  ])
  assert.deepEqual(totals, { minutes: 12, lateMinutes: 7, completions: 0, days: 2 })
  assert.deepEqual(
    daysTold(entries).map(({ date, seq }) => [date, seq]),
    [
      ['2026-05-10', 4],
      ['2026-05-11', 2],
    ],
  )
})

test('who travels keeps the day that each minute had; zones and summer time change no entry', async () => {
  clock.at = Date.parse('2026-03-28T23:50:00Z')
  const userId = newId()
  const [courseId, lectureId] = [newId(), newId()]
  await service.publish(courseId, [lectureId])
  await service.enrol(userId, courseId)
  const mark = () => service.activity.mark(userId, new Date(clock.at), { courseId, lectureId })
  await service.activity.moveTo(userId, 'Pacific/Auckland', new Date(clock.at))
  await mark()
  clock.at += 60_000
  await service.activity.moveTo(userId, 'America/Los_Angeles', new Date(clock.at))
  await mark()
  // The hour that Berlin leaves out lies in between.
  clock.at = Date.parse('2026-03-29T02:30:00Z')
  await service.activity.moveTo(userId, 'Europe/Berlin', new Date(clock.at))
  await mark()
  await service.copier.copyOnce()
  clock.at = Date.parse('2026-03-31T00:00:00Z')
  await sealer.sealOnce()
  assert.deepEqual(told((await issue(userId)).entries), [
    ['2026-03-28', 0, 1, 0],
    ['2026-03-29', 0, 2, 0],
  ])
})

test('sealers that die at each step leave one chain, with every day on it once', async () => {
  clock.at = Date.parse('2026-06-20T13:00:00Z')
  let lived = false
  let steps = 0
  for (let fatal = 1; !lived; fatal += 1) {
    const { userId, algebra, latin, watched, late } = aLearner()
    await watched('2026-06-17', algebra, 2)
    await watched('2026-06-18', latin, 1)
    const mortal = dyingAt(fatal)
    const dying = createSealer({
      due: mortal.mortal(due),
      history: mortal.mortal(service.history),
      store: mortal.mortal(chains),
      now,
    })
    await dying.sealOnce().catch(() => undefined)
    await late('2026-06-17', 5, 1)
    await sealer.sealOnce()
    const { entries, totals } = await issue(userId)
    assert.deepEqual([totals.minutes, totals.days], [8, 2], `died at ${fatal}`)
    assert.ok(entries.length <= 3)
    assert.equal(await due.isWaiting('2026-06-20'), false)
    lived = mortal.lived()
    steps = fatal
  }
  assert.ok(steps >= 5)
})

test('what comes to the history while a day is read from it is not taken for sealed', async () => {
  clock.at = Date.parse('2026-06-25T13:00:00Z')
  const { userId, algebra, watched, late } = aLearner()
  await watched('2026-06-22', algebra, 2)
  const slow = createSealer({
    ...{ due, store: chains, now },
    history: {
      courseDays: async (...asked) => {
        const known = await service.history.courseDays(...asked)
        await late('2026-06-22', 5, 1)
        return known
      },
    },
  })
  await slow.sealOnce()
  assert.equal((await issue(userId)).totals.minutes, 2)
  await sealer.sealOnce()
  assert.equal((await issue(userId)).totals.minutes, 7)
})

test('instances that seal the same learners at once make one chain of each', async () => {
  clock.at = Date.parse('2026-07-20T13:00:00Z')
  const learners = Array.from({ length: 12 }, aLearner)
  for (const { watched, algebra, latin } of learners) {
    await watched('2026-07-10', algebra, 1)
    await watched('2026-07-11', latin, 2)
  }
  const sealers = [sealer, twin.evidence.sealer, sealer, twin.evidence.sealer]
  await Promise.all(sealers.map((one) => one.sealOnce()))
  for (const { userId, algebra } of learners) {
    const { entries, totals } = await issue(userId)
    assert.deepEqual([entries.length, totals.minutes, totals.days], [2, 3, 2])
    const [{ days = 0, minutes = 0 } = {}] = await chains.ofCourse(algebra.courseId, 10)
    assert.deepEqual([days, minutes], [1, 1])
  }
})

test('the sums of a course are those of its learners’ chains, corrections included', async () => {
  clock.at = Date.parse('2026-08-20T13:00:00Z')
  const { userId, algebra, latin, watched, completed } = aLearner()
  for (const [day, minutes] of [
    ['2026-08-01', 3],
    ['2026-08-02', 5],
  ] as const)
    await watched(day, algebra, minutes)
  await completed('2026-08-02', latin)
  await sealer.sealOnce()
  await watched('2026-08-01', algebra, 4, 700)
  await completed('2026-08-01', algebra)
  await sealer.sealOnce()
  for (const { courseId } of [algebra, latin]) {
    const [sums] = await chains.ofCourse(courseId, 10)
    const { totals } = await issue(userId, { courseId })
    const { lastDate, ...rest } = sums ?? assert.fail('nothing is known of the course')
    assert.deepEqual(rest, { userId, ...totals })
    assert.equal(lastDate, '2026-08-02')
  }
})
