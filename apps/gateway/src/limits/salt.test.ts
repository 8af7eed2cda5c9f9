import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testStores } from '@aetherlearn/testing/stores'
import { sharedBuckets } from './buckets.ts'
import { createSalt } from './salt.ts'

const stores = await testStores()
const shared = await stores.connectRedis()
const redis = shared.duplicate({ keyPrefix: `${stores.database}:` })
await redis.connect()
after(async () => {
  redis.disconnect()
  await stores.close()
})
const DAY = 86_400_000

test('gateways have the same salt on one day, and another on the next', async () => {
  let now = Date.parse('2026-11-21T23:59:00Z')
  const [one, other] = [createSalt(redis, () => now), createSalt(redis, () => now)]
  const first = await one()
  assert.equal(await other(), first)
  now += 60_000
  const second = await one()
  assert.notEqual(second, first)
  assert.equal(await other(), second)
  now += DAY
  assert.notEqual(await one(), second)
})

test('a salt that Redis has lost is another one at every gateway a minute later', async () => {
  let now = Date.parse('2026-12-24T12:00:00Z')
  const [one, other] = [createSalt(redis, () => now), createSalt(redis, () => now)]
  await one()
  await redis.del(`rate-salt:${Math.floor(now / DAY)}`)
  const fresh = await other()
  assert.notEqual(await one(), fresh)
  now += 60_000
  assert.equal(await one(), fresh)
})

test('no bucket in Redis has the address that it counts, and two gateways still share it', async () => {
  const address = '203.0.113.77'
  const [one, other] = [sharedBuckets(redis), sharedBuckets(redis)]
  assert.equal((await one.take(`read:${address}`, 60_000)).current, 1)
  assert.equal((await other.take(`read:${address}`, 60_000)).current, 2)
  assert.equal((await other.take('read:203.0.113.78', 60_000)).current, 1)
  const keys = await shared.keys(`${stores.database}:*`)
  assert.ok(keys.some((key) => key.includes('rate:')))
  assert.deepEqual(
    keys.filter((key) => key.includes('203.0.113')),
    [],
  )
})

test('an answer of Redis that came while the gateway was busy is not late', async () => {
  const buckets = sharedBuckets(redis)
  await buckets.take('read:busy', 60_000)
  const taken = buckets.take('read:busy', 60_000)
  // Until it is asked: the salt is known.
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
  assert.equal((await taken).current, 2)
})
