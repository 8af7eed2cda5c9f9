import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { dayOf } from '../batch.ts'
import { saltKey } from '../keys.ts'
import { createVisitors } from './visitors.ts'

const stores = await testStores()
const shared = await stores.connectRedis()
const redis = shared.duplicate({ keyPrefix: `${stores.database}:` })
await redis.connect()
after(async () => {
  redis.disconnect()
  await stores.close()
})
const MORNING = Date.parse('2026-11-21T08:00:00Z')
const DAY = 86_400_000

test('on one day everybody has one name, the same at every instance, and on the next another', async () => {
  const [one, other] = [createVisitors(redis), createVisitors(redis)]
  const [ana, ben] = [newId(), newId()]
  const names = [
    await one.nameOf(ana, MORNING),
    await other.nameOf(ana, MORNING + 3_600_000),
    await one.nameOf(ben, MORNING),
    await one.nameOf(ana, MORNING + DAY),
  ]
  assert.equal(names[0], names[1])
  assert.equal(new Set(names).size, 3)
  for (const name of names) assert.match(name, /^[\w-]{22}$/)
})

test('what the names of a day are made with is gone when it is over', async () => {
  const visitors = createVisitors(redis)
  const evening = MORNING + 15.5 * 3_600_000 + 4 * DAY
  await visitors.nameOf(newId(), evening)
  const left = await redis.pttl(saltKey(dayOf(evening)))
  assert.ok(left > 0 && left <= 31 * 60_000, `${left} ms`)
  const ana = newId()
  const name = await createVisitors(redis).nameOf(ana, evening)
  await redis.del(saltKey(dayOf(evening)))
  assert.notEqual(await createVisitors(redis).nameOf(ana, evening), name)
})
