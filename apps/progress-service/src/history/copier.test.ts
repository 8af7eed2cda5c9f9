import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { clientOf, rawCall } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { createCopier } from './copier.ts'
import { createMongoHistory } from './mongo-store.ts'
import type { Entry, History } from './port.ts'

const stores = await testStores()
const mint = await createTokenMint()
const noon = '2027-03-01T12:00:00Z'
let clock = Date.parse(noon)
const now = () => clock

/** One that can go away, and be broken off between its work and its answer. */
const broken = { isAway: false, dropsAnswers: false }
function breakable(history: History): History {
  const there = () => {
    if (broken.isAway) throw fail('UNAVAILABLE', { internal: 'away' })
  }
  return {
    append: async (entries) => {
      there()
      await history.append(entries)
      if (broken.dropsAnswers) throw fail('UNAVAILABLE', { internal: 'no answer' })
    },
    days: async (...asked) => {
      there()
      return history.days(...asked)
    },
    courseDays: history.courseDays,
    list: history.list,
    erase: async (userId) => {
      there()
      await history.erase(userId)
    },
  }
}
const service = await openFixture(stores, mint.verifyToken, {
  now,
  openHistory: (mongo) => breakable(createMongoHistory(mongo, 0)),
})
after(async () => {
  await service.close()
  await stores.close()
})
const { copyOnce, entriesOf } = service.copier

async function aStudent() {
  clock = Date.parse(noon)
  const [userId, courseId, ...lectures] = [newId(), newId(), newId(), newId()]
  await service.publish(courseId, lectures)
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const complete = (number = 0) => client.complete({ body: { courseId, lectureId: lectures[number] ?? '' } })
  const tellLate = (minutes: Record<string, number>) =>
    transaction(service.mongo, (session) =>
      service.activity.recordLate(userId, new Map(Object.entries(minutes)), session),
    )
  const days = async () => (await client.getActivity({})).days
  return { userId, token, client, complete, tellLate, days }
}
const allOf = async (userId: string) => {
  const entries: Entry[] = []
  for await (const entry of entriesOf(userId)) entries.push(entry)
  return entries
}

test('what a student did is in the history with the next round, day by day', async () => {
  const { client, complete, tellLate, days } = await aStudent()
  await complete(0)
  await client.markActivity()
  clock += 60_000
  await client.markActivity()
  await tellLate({ '2027-02-27': 12 })
  await tellLate({ '2027-02-27': 15, '2027-02-28': 1 })
  await copyOnce()
  assert.deepEqual(await days(), [
    { date: '2027-02-27', minutes: 15, completions: 0 },
    { date: '2027-02-28', minutes: 1, completions: 0 },
    { date: '2027-03-01', minutes: 2, completions: 1 },
  ])
})

test('while the history is away learning goes on, and nothing of it is missing afterwards', async () => {
  const { token, client, complete, days } = await aStudent()
  broken.isAway = true
  await complete(0)
  await client.markActivity()
  await assert.rejects(copyOnce())
  await complete(1)
  const { totalCompleted, currentStreak } = await client.getStudentStats()
  assert.deepEqual([totalCompleted, currentStreak], [2, 1])
  assert.equal((await client.getHeatmap())[0]?.count, 3)
  const refused = await rawCall(service.app, { method: 'GET', url: '/api/v1/progress/activity', token })
  assert.deepEqual([refused.statusCode, refused.json().code], [503, 'UNAVAILABLE'])
  broken.isAway = false
  await copyOnce()
  assert.deepEqual(await days(), [{ date: '2027-03-01', minutes: 1, completions: 2 }])
  assert.equal(await service.pending.oldestAt(), undefined)
})

test('what was copied by a process that died before it could say so counts once', async () => {
  const { userId, client, complete, days } = await aStudent()
  await complete(0)
  await client.markActivity()
  broken.dropsAnswers = true
  await assert.rejects(copyOnce())
  broken.dropsAnswers = false
  assert.ok((await copyOnce()) >= 2)
  assert.deepEqual(await days(), [{ date: '2027-03-01', minutes: 1, completions: 1 }])
  assert.equal((await allOf(userId)).length, 2)
})

test('of two processes one copies', async () => {
  const { complete } = await aStudent()
  await complete(0)
  const { pending, history } = service
  const other = createCopier({ pending, history })
  const copied = await Promise.all([copyOnce(), other.copyOnce()])
  assert.deepEqual(copied.toSorted(), [0, 1])
})

test('all that is known of a student holds what waits, each fact once and as it is now', async () => {
  const { userId, complete, tellLate } = await aStudent()
  await complete(0)
  await tellLate({ '2027-02-27': 12 })
  await copyOnce()
  await complete(1)
  await tellLate({ '2027-02-27': 20 })
  const facts = (await allOf(userId)).map(({ kind, date, minutes }) => `${kind} ${date} ${minutes}`)
  assert.deepEqual(facts.toSorted(), [
    'completed 2027-03-01 0',
    'completed 2027-03-01 0',
    'late 2027-02-27 20',
  ])
})

test('nothing is left of a student who is erased, be it copied or waiting', async () => {
  const { userId, client, complete } = await aStudent()
  await complete(0)
  await copyOnce()
  await complete(1)
  await client.markActivity()
  await service.copier.erase(userId)
  await copyOnce()
  assert.deepEqual([await allOf(userId), await service.pending.of(userId)], [[], []])
})

test('days that are not of the calendar, or too many, are refused with the field', async () => {
  const { token, client } = await aStudent()
  const asked = [
    ['from=2027-02-30', 'query.from'],
    ['to=yesterday', 'query.to'],
    ['to=0000-01-10', 'query.to'],
    ['from=2027-03-02&to=2027-03-01', 'query.from'],
    ['from=2025-01-01&to=2027-03-01', 'query.from'],
    ['since=2027-01-01', 'query.since'],
  ]
  for (const [query, field] of asked) {
    const url = `/api/v1/progress/activity?${query}`
    const answer = await rawCall(service.app, { method: 'GET', url, token })
    assert.deepEqual([answer.statusCode, answer.json().errors[0].field], [400, field], query)
  }
  const usual = await client.getActivity({})
  assert.deepEqual([usual.from, usual.to], ['2027-01-31', '2027-03-01'])
  const year = await client.getActivity({ query: { from: '2027-12-31', to: '2028-12-30' } })
  assert.deepEqual(year.days, [])
})
