import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { clientOf, rawCall } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { daysBefore, type Day } from './days.ts'
import { dayOf } from './zones.ts'

const MINUTE_MS = 60_000
const stores = await testStores()
const mint = await createTokenMint()
let aheadMs = 0
const now = () => Date.now() + aheadMs
const setClock = (to: string) => (aheadMs = Date.parse(to) - Date.now())
const service = await openFixture(stores, mint.verifyToken, { now })
/** The same service in another process, as far as its memory goes. */
const twin = await openFixture(stores, mint.verifyToken, { now })
after(async () => {
  await service.close()
  await twin.close()
  await stores.close()
})
const today = () => dayOf(now(), [])

async function aStudent() {
  aheadMs = 0
  const [userId, courseId] = [newId(), newId()]
  const lectures = Array.from({ length: 60 }, newId)
  await service.publish(courseId, lectures)
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const save = () => client.save({ body: { courseId, lectureId: lectures[0] ?? '', watchTime: 1 } })
  const complete = (number = 0) => client.complete({ body: { courseId, lectureId: lectures[number] ?? '' } })
  const moveTo = (timeZone: string) => client.putSettings({ body: { timeZone } })
  const tellLate = (minutes: Record<Day, number>) =>
    transaction(service.mongo, (session) =>
      service.activity.recordLate(userId, new Map(Object.entries(minutes)), session),
    )
  const streak = async () => (await client.getStudentStats()).currentStreak
  return { userId, token, client, save, complete, moveTo, tellLate, streak }
}

test('a mark counts where a save stands behind it', async () => {
  const { client, save } = await aStudent()
  await save()
  assert.deepEqual(await client.markActivity(), { message: 'marked' })
  assert.deepEqual(await client.getHeatmap(), [{ date: today(), count: 1 }])
})

test('a mark counts where a completion stands behind it', async () => {
  const { client, complete } = await aStudent()
  await complete()
  await client.markActivity()
  assert.deepEqual(await client.getHeatmap(), [{ date: today(), count: 2 }])
})

test('a mark without activity behind it counts nothing', async () => {
  const { client, save } = await aStudent()
  assert.deepEqual(await client.markActivity(), { message: 'nothing to mark' })
  await save()
  aheadMs = 6 * MINUTE_MS
  await client.markActivity()
  assert.deepEqual(await client.getHeatmap(), [])
})

test('fifty marks at once count once, and once more a minute later', async () => {
  const { client, save } = await aStudent()
  await save()
  const marks = await Promise.all(Array.from({ length: 50 }, () => client.markActivity()))
  assert.deepEqual(new Set(marks.map((mark) => mark.message)), new Set(['marked']))
  assert.equal((await client.getHeatmap())[0]?.count, 1)
  aheadMs = MINUTE_MS
  await client.markActivity()
  const counts = (await client.getHeatmap()).map((day) => day.count)
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    2,
  )
})

test('fifty marks at once at two instances count once', async () => {
  const { userId, client, save } = await aStudent()
  await save()
  const at = new Date(now())
  const marks = Array.from({ length: 25 }, () =>
    [service, twin].map(({ activity }) => activity.mark(userId, at)),
  )
  await Promise.all(marks.flat())
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
    lastActiveDate: today(),
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
    setClock('2027-02-28T12:00:00Z')
    if (zone !== 'UTC') await moveTo(zone)
    await complete(1)
    const crowd = async () => {
      const marks = Array.from({ length: 25 }, () => client.markActivity())
      await Promise.all([...marks, ...Array.from({ length: 25 }, () => complete(0))])
    }
    // The completion behind the marks is that of the crowd itself.
    setClock(midnight)
    aheadMs -= 30_000
    await complete(2)
    await crowd()
    aheadMs += MINUTE_MS
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

test('days follow the zone that was chosen, and what happened before keeps its day', async () => {
  const { client, complete, moveTo } = await aStudent()
  assert.deepEqual(await client.getSettings(), { timeZone: 'UTC', chosen: false })
  setClock('2027-03-01T20:00:00Z')
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
  setClock('2027-06-08T19:00:00Z')
  await moveTo('America/Los_Angeles')
  await complete(0)
  setClock('2027-06-09T19:00:00Z')
  await complete(1)
  // Landed: the 10th was over after some hours.
  setClock('2027-06-10T18:30:00Z')
  await moveTo('Pacific/Auckland')
  await complete(2)
  assert.deepEqual(
    (await client.getHeatmap()).map(({ date }) => date),
    ['2027-06-08', '2027-06-09', '2027-06-11'],
  )
  assert.equal(await streak(), 3)
  // And back, on the same day as it was there.
  setClock('2027-06-12T03:00:00Z')
  await complete(3)
  setClock('2027-06-12T15:00:00Z')
  await moveTo('America/Los_Angeles')
  await complete(4)
  assert.equal((await client.getHeatmap()).at(-1)?.date, '2027-06-12')
  assert.equal(await streak(), 4)
})

test('who flies west into the day before and learns on it has a streak without a gap', async () => {
  const { client, complete, moveTo, streak } = await aStudent()
  setClock('2027-06-10T03:00:00Z')
  await moveTo('Asia/Tokyo')
  await complete(0)
  setClock('2027-06-12T00:00:00Z')
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

test('a day that is told late closes the gap in a streak, and one that is taken back opens it', async () => {
  const { client, complete, tellLate, streak } = await aStudent()
  setClock('2027-05-01T12:00:00Z')
  await complete(0)
  setClock('2027-05-03T12:00:00Z')
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
  await tellLate({ [daysBefore(today(), 1)]: 3 })
  assert.equal(await streak(), 1)
  const { client: other, tellLate: tellOther } = await aStudent()
  await tellOther({ [daysBefore(today(), 3)]: 3 })
  const { currentStreak, longestStreak } = await other.getStudentStats()
  assert.deepEqual([currentStreak, longestStreak], [0, 1])
  assert.equal((await client.getHeatmap()).length, 1)
})

test('freeze days are shown as they are left today', async () => {
  const { client, tellLate } = await aStudent()
  const days = Array.from({ length: 14 }, (_, i) => [daysBefore('2027-08-14', i), 1] as const)
  await tellLate(Object.fromEntries(days))
  const shown = async (moment: string) => {
    setClock(moment)
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
  const days = [0, 1, 364, 365, 400].map((ago) => daysBefore(today(), ago))
  await Activity?.create(days.map((date) => ({ userId, date, count: 3 })))
  const expected = [364, 1, 0].map((ago) => ({ date: daysBefore(today(), ago), count: 3 }))
  assert.deepEqual(await client.getHeatmap(), expected)
  const { client: other } = await aStudent()
  assert.deepEqual(await other.getHeatmap(), [])
})
