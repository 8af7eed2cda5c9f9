import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { knownIds } from '@aetherlearn/testing/ids'
import { clusteredRedis, ownStores } from '@aetherlearn/testing/stores'
import type { Redis } from 'ioredis'
import { createPositionBuffer } from './buffer.ts'

const [stores, cluster] = await Promise.all([ownStores(), clusteredRedis()])
after(() => Promise.all([stores.close(), cluster.close()]))
const redis = await stores.connectRedis()

/** How often the server was asked for each command. */
async function callsOf(server: Redis, work: () => Promise<unknown>) {
  await server.config('RESETSTAT')
  await work()
  const lines = (await server.info('commandstats')).matchAll(/^cmdstat_(eval|evalsha):calls=(\d+)/gm)
  return [...lines].reduce((sum, [, , calls]) => sum + Number(calls), 0)
}

const buffer = createPositionBuffer(redis)
/** Of sixty random students none is in one of eight buckets in every four hundredth run. */
const newId = knownIds()
const aSave = (watchTime: number) => ({ userId: newId(), courseId: newId(), lectureId: newId(), watchTime })
type Place = ReturnType<typeof aSave>
const positionOf = async (one: typeof buffer, { lectureId, ...place }: Place) =>
  (await one.read(place))?.positions[lectureId]?.watchTime

test('saves of one turn leave in one call, and each of them is kept and dirty', async () => {
  const saves = Array.from({ length: 50 }, (_, second) => aSave(second))
  assert.equal(await callsOf(redis, () => Promise.all(saves.map(buffer.save))), 1)
  for (const save of saves) {
    assert.equal(await positionOf(buffer, save), save.watchTime)
    assert.deepEqual(await buffer.dirtyCourses(save.userId), [save.courseId])
  }
})

test('no call holds more than a hundred', async () => {
  const saves = Array.from({ length: 250 }, (_, second) => aSave(second))
  assert.equal(await callsOf(redis, () => Promise.all(saves.map(buffer.save))), 3)
  for (const save of saves) assert.equal(await positionOf(buffer, save), save.watchTime)
})

test('of two saves of one student in one turn the later one holds, and has the larger stamp', async () => {
  const save = aSave(1)
  const stamps = await Promise.all([buffer.save(save), buffer.save({ ...save, watchTime: 2 })])
  assert.ok(stamps[0] < stamps[1])
  assert.equal(await positionOf(buffer, save), 2)
})

test('somebody who is erased is refused, and nobody who saves in the same turn', async () => {
  const [gone, here] = [aSave(1), aSave(2)]
  await buffer.erase(gone.userId, [])
  const refused = assert.rejects(buffer.save(gone), { code: 'UNAUTHENTICATED' })
  await Promise.all([refused, buffer.save(here)])
  assert.equal(await positionOf(buffer, here), 2)
  assert.equal(await positionOf(buffer, gone), undefined)
})

test('on a Redis Cluster, which takes one slot a call, each bucket has its own', async () => {
  const clustered = createPositionBuffer(cluster.redis, 8)
  // It does not know yet what it is connected to.
  await Promise.all([clustered.save(aSave(1)), clustered.save(aSave(2))])
  const saves = Array.from({ length: 60 }, (_, second) => aSave(second))
  assert.equal(await callsOf(cluster.redis, () => Promise.all(saves.map(clustered.save))), 8)
  for (const save of saves) assert.equal(await positionOf(clustered, save), save.watchTime)
})

test('a Redis that dies refuses all that wait for it', async () => {
  await buffer.save(aSave(1))
  await stores.redis.signal('SIGKILL')
  const saves = await Promise.allSettled([buffer.save(aSave(1)), buffer.save(aSave(2))])
  assert.deepEqual(
    saves.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
})
