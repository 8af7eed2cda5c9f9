import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { ownStores } from '@aetherlearn/testing/stores'
import { failureOf } from './errors.ts'
import { connectRedis } from './redis.ts'

const stores = await ownStores()
const redis = await connectRedis(stores.redisUrl, { batched: true, commandTimeoutMs: 300 })
after(async () => {
  redis.disconnect()
  await stores.close()
})

test('what is asked for in one turn leaves in one write, and each gets its own answer in order', async () => {
  let writes = 0
  const { stream } = redis
  const writev = stream._writev?.bind(stream)
  stream._writev = (chunks, done) => {
    writes += 1
    writev?.(chunks, done)
  }
  const answers = await Promise.all(Array.from({ length: 100 }, () => redis.incr('turns')))
  assert.deepEqual(
    answers,
    Array.from({ length: 100 }, (_, i) => i + 1),
  )
  assert.equal(writes, 1)
})

test('a frozen server fails every call in time, and the client finds it again by itself', async () => {
  await stores.redis.signal('SIGSTOP')
  const clock = ownClock()
  const began = clock.now()
  const calls = await Promise.allSettled([redis.incr('frozen'), redis.incr('frozen')])
  assert.ok(clock.now() - began < 1500)
  for (const call of calls) {
    assert.equal(call.status, 'rejected')
    assert.equal(failureOf(call.reason)?.code, 'UNAVAILABLE')
  }
  await stores.redis.signal('SIGCONT')
  while ((await redis.ping().catch(() => '')) !== 'PONG') await new Promise(setImmediate)
  assert.equal(await redis.set('after', 'thaw'), 'OK')
})
