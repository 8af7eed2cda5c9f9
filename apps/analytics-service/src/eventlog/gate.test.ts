import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createVisitors } from '../consent/visitors.ts'
import { createCounters } from '../ingest/counters.ts'
import { courseKeys } from '../keys.ts'
import { createDrain } from './drain.ts'
import type { LogEvent } from './event.ts'
import { createGate } from './gate.ts'

const stores = await testStores()
const shared = await stores.connectRedis()
const redis = shared.duplicate({ keyPrefix: `${stores.database}:` })
await redis.connect()
after(async () => {
  redis.disconnect()
  await stores.close()
})

test('before events fill Redis no more are logged, and counting goes on', async () => {
  const [courseId, lectureId] = [newId(), newId()]
  const { pack, lookOnce } = createGate({ redis, mostWaiting: 4 })
  const counters = createCounters(redis, { pack, visitors: createVisitors(redis) })
  const warned: unknown[] = []
  const look = () => lookOnce({ warn: (said: unknown) => void warned.push(said) })
  const view = () => counters.countView({ userId: newId(), courseId, traffic: 'students' })
  const watch = () =>
    counters.countWatching({ userId: newId(), courseId, lectureId, traffic: 'students', watchTimeDelta: 5 })
  const logged: LogEvent[] = []
  const log = { append: (events: readonly LogEvent[]) => Promise.resolve(void logged.push(...events)) }
  const { drainOnce } = createDrain({ redis, log, pseudonyms: { of: async () => new Map() } })

  for (let i = 0; i < 5; i += 1) await view()
  await look()
  await view()
  await watch()
  assert.equal(await drainOnce(), 5)
  await look()
  await view()
  assert.equal(await drainOnce(), 1)
  assert.equal(logged.length, 6)
  assert.deepEqual(warned, [
    { waiting: 5, mostWaiting: 4, logged: false },
    { waiting: 0, mostWaiting: 4, logged: true },
  ])
  const counts = Object.entries(await redis.hgetall(courseKeys(courseId).liveBatch.counts))
  // Midnight may pass at any time, and the next day has fields of its own.
  const sum = (name: RegExp) =>
    counts.filter(([field]) => name.test(field)).reduce((total, [, count]) => total + Number(count), 0)
  assert.deepEqual([sum(/^\d+:v$/), sum(/^\d+:\w+:v$/)], [7, 1])
})
