import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { rawCall } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { aStudentOf, movedClock } from './student.fixture.ts'

const stores = await testStores()
const { tokenFor, verifyToken } = await createTokenMint()
const clock = movedClock()
const service = await openFixture(stores, verifyToken, { now: clock.now })
after(async () => {
  await service.close()
  await stores.close()
})
function aStudent() {
  clock.at = Date.now()
  return aStudentOf(service, tokenFor)
}

test('days follow the zone that was chosen, and what happened before keeps its day', async () => {
  const { client, complete, moveTo } = await aStudent()
  assert.deepEqual(await client.getSettings(), { timeZone: 'UTC', chosen: false })
  clock.setTo('2027-03-01T20:00:00Z')
  await complete(0)
  assert.deepEqual(await moveTo('asia/tokyo'), { timeZone: 'Asia/Tokyo', chosen: true })
  assert.deepEqual(await client.getSettings(), { timeZone: 'Asia/Tokyo', chosen: true })
  await complete(1)
  const days = [
    { date: '2027-03-01', count: 1 },
    { date: '2027-03-02', count: 1 },
  ]
  assert.deepEqual(await client.getHeatmap(), days)
  const { currentStreak, timeZone } = await client.getStudentStats()
  assert.deepEqual([currentStreak, timeZone], [2, 'Asia/Tokyo'])
})

test('UTC is chosen like any other zone', async () => {
  const { client, moveTo } = await aStudent()
  await moveTo('UTC')
  assert.deepEqual(await client.getSettings(), { timeZone: 'UTC', chosen: true })
})

test('a student who flies over the date line keeps the streak, in both directions', async () => {
  const { client, complete, moveTo, streak } = await aStudent()
  clock.setTo('2027-06-08T19:00:00Z')
  await moveTo('America/Los_Angeles')
  await complete(0)
  clock.setTo('2027-06-09T19:00:00Z')
  await complete(1)
  // Landed: the 10th was over after some hours.
  clock.setTo('2027-06-10T18:30:00Z')
  await moveTo('Pacific/Auckland')
  await complete(2)
  assert.deepEqual(
    (await client.getHeatmap()).map(({ date }) => date),
    ['2027-06-08', '2027-06-09', '2027-06-11'],
  )
  assert.equal(await streak(), 3)
  // And back, on the same day as it was there.
  clock.setTo('2027-06-12T03:00:00Z')
  await complete(3)
  clock.setTo('2027-06-12T15:00:00Z')
  await moveTo('America/Los_Angeles')
  await complete(4)
  assert.equal((await client.getHeatmap()).at(-1)?.date, '2027-06-12')
  assert.equal(await streak(), 4)
})

test('a day that was left out by a flight and is lived after all, on the way back, is missed until it is learned on', async () => {
  const { complete, moveTo, streak } = await aStudent()
  clock.setTo('2027-06-09T19:00:00Z')
  await moveTo('America/Los_Angeles')
  await complete(0)
  clock.setTo('2027-06-10T18:30:00Z')
  await moveTo('Pacific/Auckland')
  await complete(1)
  assert.equal(await streak(), 2)
  clock.setTo('2027-06-10T20:00:00Z')
  await moveTo('America/Los_Angeles')
  assert.equal(await streak(), 1)
  await complete(2)
  assert.equal(await streak(), 3)
})

test('who flies west into the day before and learns on it has a streak without a gap', async () => {
  const { client, complete, moveTo, streak } = await aStudent()
  clock.setTo('2027-06-10T03:00:00Z')
  await moveTo('Asia/Tokyo')
  await complete(0)
  clock.setTo('2027-06-12T00:00:00Z')
  await complete(1)
  assert.equal(await streak(), 1)
  await moveTo('America/Los_Angeles')
  await complete(2)
  assert.deepEqual(
    (await client.getHeatmap()).map(({ date }) => date),
    ['2027-06-10', '2027-06-11', '2027-06-12'],
  )
  const { currentStreak, lastActiveDate } = await client.getStudentStats()
  assert.deepEqual([currentStreak, lastActiveDate], [3, '2027-06-12'])
})

test('what is not the name of a time zone is refused, and changes nothing', async () => {
  const { client, token, moveTo } = await aStudent()
  await moveTo('Europe/Berlin')
  const bodies = ['+05:30', 'Mars/Olympus', 'UTC+3', '', 5, null, { $ne: '' }, 'A'.repeat(100)]
  for (const timeZone of bodies) {
    const url = '/api/v1/progress/settings'
    const answer = await rawCall(service.app, { method: 'PUT', url, token, body: { timeZone } })
    assert.equal(answer.statusCode, 400)
    assert.equal(answer.json().errors[0].field, 'body.timeZone')
  }
  assert.deepEqual(await client.getSettings(), { timeZone: 'Europe/Berlin', chosen: true })
})

test('a zone that is chosen all the time is refused in the end; the one already chosen never is', async () => {
  const { client, token, moveTo } = await aStudent()
  for (let turn = 0; turn < 10; turn += 1) {
    await moveTo('Europe/Berlin')
    await moveTo('UTC')
  }
  const refused = await rawCall(service.app, {
    method: 'PUT',
    url: '/api/v1/progress/settings',
    token,
    body: { timeZone: 'Asia/Tokyo' },
  })
  assert.deepEqual([refused.statusCode, refused.json().code], [429, 'ZONE_CHANGED_TOO_OFTEN'])
  await moveTo('UTC')
  assert.deepEqual(await client.getSettings(), { timeZone: 'UTC', chosen: true })
})
