import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { userErased } from '@aetherlearn/contracts/identity'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { createVisitors } from '../consent/visitors.ts'
import { openFixture } from '../fixture.ts'
import { createCounters } from '../ingest/counters.ts'
import { watchedKey } from '../keys.ts'
import { createDrain } from './drain.ts'
import { packFact, type LogEvent } from './event.ts'

const stores = await testStores()
const { verifyToken } = await createTokenMint()
const service = await openFixture(stores, verifyToken)
const { redis, pseudonyms } = service
after(async () => {
  await service.close()
  await stores.close()
})
const counters = createCounters(redis, { pack: packFact, visitors: createVisitors(redis) })
const say = (userId: string, personal: boolean) => service.consents.change({ userId, personal })

/** What is handed to Kafka, after this student has opened the page and watched. */
async function handedOn(userId: string, unnamed = false): Promise<LogEvent[]> {
  const place = { userId, courseId: newId(), traffic: 'students' as const, unnamed }
  await redis.del(watchedKey(userId))
  await counters.countView(place)
  await counters.countWatching({ ...place, lectureId: newId(), sessionId: newId(), watchTimeDelta: 5 })
  const handed: LogEvent[] = []
  const append = async (events: readonly LogEvent[]) => void handed.push(...events)
  await createDrain({ redis, log: { append }, pseudonyms }).drainOnce()
  assert.ok(!JSON.stringify(handed).includes(userId), 'nothing that is handed on has the id of a user')
  assert.deepEqual([handed.length, handed[1]?.watchedMs], [2, 5000])
  return handed
}

test('a student has one pseudonym in the log, and only we know whose it is', async () => {
  const userId = newId()
  const names = new Set(
    [...(await handedOn(userId)), ...(await handedOn(userId))].map((event) => event.userId),
  )
  const [name = ''] = names
  assert.equal(names.size, 1)
  assert.equal(await pseudonyms.known(userId), name)
  assert.deepEqual(await pseudonyms.owners([name, 'another']), new Map([[name, userId]]))
})

test('instances that meet a student at the same time have the same pseudonym', async () => {
  const userIds = Array.from({ length: 20 }, newId)
  const found = await Promise.all(Array.from({ length: 5 }, () => pseudonyms.of(userIds)))
  for (const one of found) assert.deepEqual(one, found[0])
  assert.equal(new Set(found[0]?.values()).size, 20)
})

test('of those who said no, or whose browser does, an event has a name of the day or none', async () => {
  const [said, asked] = [newId(), newId()]
  await say(said, false)
  for (const [view, report] of [await handedOn(said), await handedOn(asked, true)]) {
    assert.equal(view?.userId, '')
    assert.match(report?.userId ?? '', /^[\w-]{22}$/)
    assert.deepEqual(await pseudonyms.owners([report?.userId ?? '']), new Map())
  }
  assert.equal(await pseudonyms.known(said), undefined)
})

test('what somebody is called in the log is forgotten when they are erased, or say no, and is another one later', async () => {
  const [gone, changing] = [newId(), newId()]
  const [[first], [second]] = [await handedOn(gone), await handedOn(changing)]
  await service.hear(userErased, { userId: gone, at: new Date().toISOString() })
  await say(changing, false)
  assert.deepEqual(await pseudonyms.owners([first?.userId ?? '', second?.userId ?? '']), new Map())
  await say(changing, true)
  const [again] = await handedOn(changing)
  assert.notEqual(again?.userId, second?.userId)
})

test('events of somebody who was erased while they waited are nobody’s', async () => {
  const userId = newId()
  await service.hear(userErased, { userId, at: new Date().toISOString() })
  const found = await pseudonyms.of([userId])
  assert.match(found.get(userId) ?? '', /^[\w-]{22}$/)
  assert.equal(await pseudonyms.known(userId), undefined)
})
