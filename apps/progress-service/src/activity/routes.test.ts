import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { retry } from '@aetherlearn/sdk/retry'
import { clientOf } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { daysBefore } from './days.ts'
import { aStudentOf, movedClock } from './student.fixture.ts'

const MINUTE_MS = 60_000
const stores = await testStores()
const { tokenFor, verifyToken } = await createTokenMint()
const clock = movedClock()
const service = await openFixture(stores, verifyToken, { now: clock.now })
/** The same service in another process, as far as its memory goes. */
const twin = await openFixture(stores, verifyToken, { now: clock.now })
after(async () => {
  await service.close()
  await twin.close()
  await stores.close()
})
/** All of them are answered in the end: where they want one row, a busy machine sends some away for a moment. */
const atOnce = <T>(times: number, call: () => Promise<T>) =>
  Promise.all(Array.from({ length: times }, () => retry(call)))
function aStudent() {
  clock.at = Date.now()
  return aStudentOf(service, tokenFor)
}

test('a mark counts where a save stands behind it', async () => {
  const { client, save } = await aStudent()
  await save()
  assert.deepEqual(await client.markActivity(), { message: 'marked' })
  assert.deepEqual(await client.getHeatmap(), [{ date: clock.today(), count: 1 }])
})

test('a mark counts where a completion stands behind it', async () => {
  const { client, complete } = await aStudent()
  await complete()
  await client.markActivity()
  assert.deepEqual(await client.getHeatmap(), [{ date: clock.today(), count: 2 }])
})

test('a mark without activity behind it counts nothing', async () => {
  const { client, save } = await aStudent()
  assert.deepEqual(await client.markActivity(), { message: 'nothing to mark' })
  await save()
  // Redis goes by a clock of its own.
  clock.at = Date.now() + 6 * MINUTE_MS
  await client.markActivity()
  assert.deepEqual(await client.getHeatmap(), [])
})

test('fifty marks at once count once, and once more a minute later', async () => {
  const { client, save } = await aStudent()
  await save()
  const marks = await atOnce(50, () => client.markActivity())
  assert.deepEqual(new Set(marks.map((mark) => mark.message)), new Set(['marked']))
  assert.equal((await client.getHeatmap())[0]?.count, 1)
  clock.at += MINUTE_MS
  await client.markActivity()
  const counts = (await client.getHeatmap()).map((day) => day.count)
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    2,
  )
})

test('fifty marks at once at two instances count once', async () => {
  const { token, client, save } = await aStudent()
  await save()
  const elsewhere = clientOf(twin.app, progressApi, token)
  await Promise.all([client, elsewhere].map((one) => atOnce(25, () => one.markActivity())))
  assert.equal((await client.getHeatmap())[0]?.count, 1)
})

test('a day of watching is a day of the streak', async () => {
  const { client, save } = await aStudent()
  await save()
  await client.markActivity()
  assert.deepEqual(await client.getStudentStats(), {
    currentStreak: 1,
    longestStreak: 1,
    totalCompleted: 0,
    lastActiveDate: clock.today(),
    freezeDays: 0,
    timeZone: 'UTC',
  })
})

for (const [zone, midnight] of [
  ['UTC', '2027-03-02T00:00:00Z'],
  ['Asia/Kathmandu', '2027-03-01T18:15:00Z'],
] as const) {
  test(`fifty completions and fifty marks over midnight count once a day, in ${zone}`, async () => {
    const { client, complete, moveTo } = await aStudent()
    clock.setTo('2027-02-28T12:00:00Z')
    if (zone !== 'UTC') await moveTo(zone)
    await complete(1)
    const crowd = async () => {
      await Promise.all([atOnce(25, () => client.markActivity()), atOnce(25, () => complete(0))])
    }
    // The completion behind the marks is that of the crowd itself.
    clock.setTo(midnight)
    clock.at -= 30_000
    await complete(2)
    await crowd()
    clock.at += MINUTE_MS
    await crowd()
    assert.deepEqual(await client.getHeatmap(), [
      { date: '2027-02-28', count: 1 },
      { date: '2027-03-01', count: 3 },
      { date: '2027-03-02', count: 1 },
    ])
    const { currentStreak, totalCompleted } = await client.getStudentStats()
    assert.deepEqual({ currentStreak, totalCompleted }, { currentStreak: 3, totalCompleted: 3 })
  })
}

test('a day that is told late closes the gap in a streak, and one that is taken back opens it', async () => {
  const { client, complete, tellLate, streak } = await aStudent()
  clock.setTo('2027-05-01T12:00:00Z')
  await complete(0)
  clock.setTo('2027-05-03T12:00:00Z')
  await complete(1)
  assert.equal(await streak(), 1)
  await tellLate({ '2027-05-02': 7, '2027-05-03': 2 })
  await tellLate({ '2027-05-02': 7, '2027-05-03': 2 })
  const days = [
    { date: '2027-05-01', count: 1 },
    { date: '2027-05-02', count: 7 },
    { date: '2027-05-03', count: 3 },
  ]
  assert.deepEqual([await client.getHeatmap(), await streak()], [days, 3])
  await tellLate({ '2027-05-02': 0, '2027-05-03': 0 })
  const before = days.filter(({ date }) => date !== '2027-05-02').map((day) => ({ ...day, count: 1 }))
  assert.deepEqual([await client.getHeatmap(), await streak()], [before, 1])
})

test('a late day alone makes a streak, as long as it is not yet lost', async () => {
  const { tellLate, streak, client } = await aStudent()
  await tellLate({ [daysBefore(clock.today(), 1)]: 3 })
  assert.equal(await streak(), 1)
  const { client: other, tellLate: tellOther } = await aStudent()
  await tellOther({ [daysBefore(clock.today(), 3)]: 3 })
  const { currentStreak, longestStreak } = await other.getStudentStats()
  assert.deepEqual([currentStreak, longestStreak], [0, 1])
  assert.equal((await client.getHeatmap()).length, 1)
})

test('freeze days are shown as they are left today', async () => {
  const { client, tellLate } = await aStudent()
  const days = Array.from({ length: 14 }, (_, i) => [daysBefore('2027-08-14', i), 1] as const)
  await tellLate(Object.fromEntries(days))
  const shown = async (moment: string) => {
    clock.setTo(moment)
    const { currentStreak, freezeDays } = await client.getStudentStats()
    return [currentStreak, freezeDays]
  }
  assert.deepEqual(await shown('2027-08-15T12:00:00Z'), [14, 2])
  assert.deepEqual(await shown('2027-08-17T12:00:00Z'), [14, 0])
  assert.deepEqual(await shown('2027-08-18T12:00:00Z'), [0, 0])
})

test('the heatmap shows the last 365 days, oldest first, and those of nobody else', async () => {
  const { userId, client } = await aStudent()
  const Activity = service.mongo.models['Activity']
  const days = [0, 1, 364, 365, 400].map((ago) => daysBefore(clock.today(), ago))
  await Activity?.create(days.map((date) => ({ userId, date, count: 3 })))
  const expected = [364, 1, 0].map((ago) => ({ date: daysBefore(clock.today(), ago), count: 3 }))
  assert.deepEqual(await client.getHeatmap(), expected)
  const { client: other } = await aStudent()
  assert.deepEqual(await other.getHeatmap(), [])
})
