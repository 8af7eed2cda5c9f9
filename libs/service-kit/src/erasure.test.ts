import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createErasure } from './erasure.ts'
import { transaction } from './mongo.ts'

const stores = await testStores()
const mongo = await stores.connectMongo()
after(() => stores.close())
const kept = mongo.collection('kept')
const clock = { ms: Date.parse('2026-11-21T12:00:00Z') }
const sweeping = { fails: false }
const erasure = createErasure({
  connection: mongo,
  now: () => clock.ms,
  sweep: async (userId) => {
    if (sweeping.fails) throw new Error('no')
    await kept.deleteMany({ userId })
  },
})
await stores.prepare(mongo)

const MINUTE_MS = 60_000
/** As the listener does, up to its commit. */
const hear = (userId: string) =>
  transaction(mongo, (session) => erasure.event.handle({ userId, at: '2026-11-21T12:00:00Z' }, session, ''))
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
