import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localBuckets, patientBuckets, type Buckets } from './buckets.ts'

test('a bucket counts up to the end of its window and then begins again', async () => {
  let now = 0
  const buckets = localBuckets(() => now)
  assert.deepEqual(await buckets.take('a', 1000), { current: 1, ttl: 1000 })
  now = 999
  assert.deepEqual(await buckets.take('a', 1000), { current: 2, ttl: 1 })
  assert.deepEqual(await buckets.take('b', 1000), { current: 1, ttl: 1000 })
  now = 1000
  assert.deepEqual(await buckets.take('a', 1000), { current: 1, ttl: 1000 })
})

test('shared buckets that fail are left alone for a second, then asked again', async () => {
  let now = 0
  let asked = 0
  let broken = true
  const shared: Buckets = {
    take: async () => {
      asked += 1
      if (broken) throw new Error('away')
      return { current: 7, ttl: 1 }
    },
  }
  const buckets = patientBuckets(
    shared,
    localBuckets(() => now),
    () => now,
  )
  assert.equal((await buckets.take('a', 60_000)).current, 1)
  assert.equal((await buckets.take('a', 60_000)).current, 2)
  assert.equal(asked, 1)
  broken = false
  now = 1000
  assert.equal((await buckets.take('a', 60_000)).current, 7)
})
