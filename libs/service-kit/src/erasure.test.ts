import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createErasure } from './erasure.ts'
import { transaction } from './mongo.ts'
import { createOutbox, outboxModel } from './outbox.ts'

const stores = await testStores()
const mongo = await stores.connectMongo()
after(() => stores.close())
const kept = mongo.collection('kept')
const clock = { ms: Date.parse('2026-11-21T12:00:00Z') }
const sweeping = { fails: false, leavesOne: false }
const outbox = createOutbox(mongo)
const erasure = createErasure({
  connection: mongo,
  service: 'progress-service',
  outbox,
  held: async (userId) => ({ kept: await kept.countDocuments({ userId }) }),
  now: () => clock.ms,
  sweep: async (userId) => {
    if (sweeping.fails) throw new Error('no')
    await kept.deleteMany({ userId })
    if (sweeping.leavesOne) await kept.insertOne({ userId })
  },
})
await stores.prepare(mongo)

const MINUTE_MS = 60_000
/** As the listener does, up to its commit. */
const hear = (userId: string, caseId?: string) => {
  const payload = { userId, at: '2026-11-21T12:00:00Z', ...(caseId !== undefined && { caseId }) }
  return transaction(mongo, (session) => erasure.event.handle(payload, session, ''))
}
/** What was told of this case. */
const told = async (caseId: string) =>
  (await outboxModel(mongo).find({ 'payload.caseId': caseId }).sort({ _id: 1 }).lean()).map(({ payload }) => [
    payload.service,
    payload.removed,
    payload.remaining,
  ])
const write = (userId: string) => kept.insertOne({ userId })
const left = (userId: string) => kept.countDocuments({ userId })

test('what is kept about somebody goes when that is heard, and nobody else loses anything', async () => {
  const [userId, other] = [newId(), newId()]
  await write(userId)
  await write(other)
  await (
    await hear(userId)
  )?.()
  assert.deepEqual([await left(userId), await left(other)], [0, 1])
  assert.deepEqual(await erasure.among([userId, other]), new Set([userId]))
  await assert.rejects(erasure.assertPresent(userId), { code: 'UNAUTHENTICATED' })
  await erasure.assertPresent(other)
})

test('a process that dies behind its commit leaves a sweep that is due at once', async () => {
  const userId = newId()
  await write(userId)
  await hear(userId)
  assert.equal(await left(userId), 1)
  await erasure.sweepDue()
  assert.equal(await left(userId), 0)
})

test('what is written late is gone with the next sweep, for weeks', async () => {
  const userId = newId()
  await (
    await hear(userId)
  )?.()
  let swept = 0
  for (let day = 0; day < 60; day += 1) {
    await write(userId)
    clock.ms += 24 * 60 * MINUTE_MS
    await erasure.sweepDue()
    if ((await left(userId)) === 0) swept = day
    await kept.deleteMany({ userId })
  }
  assert.ok(swept > 30, `${swept} days`)
  assert.deepEqual(await erasure.among([userId]), new Set([userId]))
})

test('what comes within a minute is gone after it', async () => {
  const userId = newId()
  await (
    await hear(userId)
  )?.()
  await write(userId)
  clock.ms += MINUTE_MS
  await erasure.sweepDue()
  assert.equal(await left(userId), 0)
})

test('a sweep that fails stays due, and heard again nothing begins anew', async () => {
  const userId = newId()
  await write(userId)
  const sweep = await hear(userId)
  sweeping.fails = true
  await assert.rejects(async () => sweep?.())
  await assert.rejects(erasure.sweepDue())
  sweeping.fails = false
  assert.equal(await left(userId), 1)
  await erasure.sweepDue()
  assert.equal(await left(userId), 0)
  assert.equal(await hear(userId), undefined)
  await write(userId)
  await erasure.sweepDue()
  assert.equal(await left(userId), 1)
})

test('it is told how much was removed, once, and by a number that names nobody', async () => {
  const [userId, caseId] = [newId(), newId()]
  await write(userId)
  await write(userId)
  await (
    await hear(userId, caseId)
  )?.()
  clock.ms += MINUTE_MS
  await erasure.sweepDue()
  assert.equal(await hear(userId, caseId), undefined)
  assert.deepEqual(await told(caseId), [['progress-service', { kept: 2 }, 0]])
  const rows = await outboxModel(mongo).find({ 'payload.caseId': caseId }).lean()
  assert.ok(!JSON.stringify(rows).includes(userId))
})

test('nothing is told while a look finds something, and again when more had come', async () => {
  const [userId, caseId] = [newId(), newId()]
  sweeping.leavesOne = true
  await write(userId)
  await (
    await hear(userId, caseId)
  )?.()
  sweeping.leavesOne = false
  assert.deepEqual(await told(caseId), [])
  clock.ms += MINUTE_MS
  await erasure.sweepDue()
  assert.deepEqual(await told(caseId), [['progress-service', { kept: 2 }, 0]])
  await write(userId)
  clock.ms += 2 * MINUTE_MS
  await erasure.sweepDue()
  assert.deepEqual((await told(caseId)).slice(1), [['progress-service', { kept: 3 }, 0]])
})

test('what was counted before a process was killed while it removed is told by the next', async () => {
  const [userId, caseId] = [newId(), newId()]
  await write(userId)
  const sweep = await hear(userId, caseId)
  sweeping.fails = true
  await assert.rejects(async () => sweep?.())
  sweeping.fails = false
  await kept.deleteMany({ userId })
  await erasure.sweepDue()
  assert.deepEqual(await told(caseId), [['progress-service', { kept: 1 }, 0]])
})

test('somebody whom a backup brought back is erased once more, as another case', async () => {
  const [userId, first, second] = [newId(), newId(), newId()]
  for (const caseId of [first, second]) {
    await write(userId)
    await (
      await hear(userId, caseId)
    )?.()
    assert.equal(await left(userId), 0)
    assert.equal((await told(caseId)).length, 1)
  }
})
