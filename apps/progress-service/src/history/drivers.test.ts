import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { loadConfig } from '@aetherlearn/service-kit/config'
import { clientOf } from '@aetherlearn/testing/client'
import { testClickHouse } from '@aetherlearn/testing/clickhouse'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Config } from '../config.ts'
import { openFixture } from '../fixture.ts'
import { daysAfter, type Day } from '../activity/days.ts'
import { createClickHouseHistory } from './clickhouse.ts'
import { createMongoHistory } from './mongo-store.ts'
import { historyAt } from './settings.ts'
import { completedLecture, lateMinutes, watchedMinute, type Entry, type History } from './port.ts'

const stores = await testStores()
const clickHouse = await testClickHouse()
after(async () => {
  await clickHouse.close()
  await stores.close()
})
const account = { url: clickHouse.url, database: clickHouse.database, user: 'default', password: '' }
const mongo = await stores.connectMongo()
const timeSeries = createMongoHistory(mongo, 0)
await stores.prepare(mongo)
const drivers: Record<string, History> = {
  MongoDB: timeSeries,
  ClickHouse: createClickHouseHistory({ ...account, keptDays: 0 }),
}

const DAY = '2026-03-01'
const noon = Date.parse(`${DAY}T12:00:00Z`)
const minute = (userId: string, number: number, date: Day = DAY) =>
  watchedMinute(userId, noon + number * 60_000, date)
const lecture = (userId: string) => ({ userId, courseId: newId(), lectureId: newId() })

/** One promise of the port, kept by each driver. */
function every(promise: string, keeps: (history: History, userId: string) => Promise<void>) {
  for (const [name, history] of Object.entries(drivers))
    test(`${name}: ${promise}`, () => keeps(history, newId()))
}

every('days hold their minutes and completions, oldest first', async (history, userId) => {
  const next = daysAfter(DAY, 1)
  await history.append([
    minute(userId, 60 * 24, next),
    minute(userId, 0),
    minute(userId, 1),
    completedLecture(lecture(userId), noon, DAY),
    completedLecture(lecture(userId), noon + 1, DAY),
  ])
  assert.deepEqual(await history.days(userId, DAY, next), [
    { date: DAY, minutes: 2, completions: 2 },
    { date: next, minutes: 1, completions: 0 },
  ])
})

every('what is appended twice counts once', async (history, userId) => {
  const entries = [
    minute(userId, 0),
    completedLecture(lecture(userId), noon, DAY),
    lateMinutes(userId, DAY, 5, 1),
  ]
  await history.append(entries)
  await history.append([...entries, ...entries])
  assert.deepEqual(await history.days(userId, DAY, DAY), [{ date: DAY, minutes: 6, completions: 1 }])
  assert.equal((await history.list(userId, 10)).length, 3)
})

every(
  'late minutes of a day are those of the largest version, in whatever order',
  async (history, userId) => {
    for (const [minutes, version] of [
      [7, 2],
      [9, 3],
      [5, 1],
    ] as const)
      // prettier-ignore
      await history.append([lateMinutes(userId, DAY, minutes, version)])
    assert.deepEqual(await history.days(userId, DAY, DAY), [{ date: DAY, minutes: 9, completions: 0 }])
    await history.append([lateMinutes(userId, DAY, 0, 4)])
    assert.deepEqual(await history.days(userId, DAY, DAY), [])
  },
)

every('days are told course by course, for just the days that are asked for', async (history, userId) => {
  const [next, last] = [daysAfter(DAY, 1), daysAfter(DAY, 2)]
  const [algebra, latin] = [lecture(userId), lecture(userId)].toSorted((a, b) =>
    a.courseId < b.courseId ? -1 : 1,
  )
  assert.ok(algebra && latin)
  const minuteIn = (place: typeof algebra, number: number, date: Day) =>
    watchedMinute(userId, noon + number * 60_000, date, place)
  await history.append([
    ...[0, 1, 2].map((number) => minuteIn(algebra, number, DAY)),
    minuteIn(algebra, 1, DAY),
    minuteIn(latin, 3, DAY),
    completedLecture(latin, noon, DAY),
    lateMinutes(userId, DAY, 5, 1),
    minuteIn(latin, 60 * 24, next),
    minuteIn(latin, 60 * 48, last),
  ])
  const day = { date: DAY, courseId: '', minutes: 0, lateMinutes: 0, completions: 0 }
  assert.deepEqual(await history.courseDays(userId, [last, DAY]), [
    { ...day, minutes: 5, lateMinutes: 5 },
    { ...day, courseId: algebra.courseId, minutes: 3 },
    { ...day, courseId: latin.courseId, minutes: 1, completions: 1 },
    { ...day, date: last, courseId: latin.courseId, minutes: 1 },
  ])
  assert.deepEqual(await history.courseDays(userId, []), [])
})

every('days outside those asked for, and other students, are left out', async (history, userId) => {
  const other = newId()
  const dates = [0, 1, 2, 3].map((number) => daysAfter(DAY, number))
  await history.append(dates.map((date, i) => minute(userId, i * 60 * 24, date)))
  await history.append(dates.map((date, i) => minute(other, i * 60 * 24, date)))
  const days = await history.days(userId, daysAfter(DAY, 1), daysAfter(DAY, 2))
  assert.deepEqual(
    days.map(({ date }) => date),
    dates.slice(1, 3),
  )
  assert.deepEqual(await history.days(newId(), DAY, daysAfter(DAY, 9)), [])
})

every('a day is found in whatever zone it was lived', async (history, userId) => {
  await history.append([
    watchedMinute(userId, Date.parse('2026-02-28T10:00:00Z'), DAY),
    watchedMinute(userId, Date.parse('2026-03-02T11:59:00Z'), DAY),
  ])
  assert.deepEqual(await history.days(userId, DAY, DAY), [{ date: DAY, minutes: 2, completions: 0 }])
})

every('all entries of a student can be read page by page, each once', async (history, userId) => {
  const entries: Entry[] = Array.from({ length: 25 }, (_, number) => minute(userId, number))
  // Of one moment, so that a page ends among them.
  entries.push(...Array.from({ length: 5 }, () => completedLecture(lecture(userId), noon + 60_000, DAY)))
  await history.append([...entries, ...entries.slice(0, 9)])
  const read: Entry[] = []
  for (;;) {
    const page = await history.list(userId, 4, read.at(-1))
    read.push(...page)
    if (page.length < 4) break
  }
  const byMoment = entries.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  assert.deepEqual(read, byMoment)
})

every('what a student is called is never part of a statement', async (history) => {
  const userId = newId()
  await history.append([{ ...minute(userId, 0), id: "x'); DROP TABLE history; --" }])
  assert.equal((await history.list(userId, 9))[0]?.id, "x'); DROP TABLE history; --")
})

every('of a student who is erased nothing is left, and all of others', async (history, userId) => {
  const other = newId()
  await history.append([minute(userId, 0), minute(other, 0), completedLecture(lecture(userId), noon, DAY)])
  await history.erase(userId)
  assert.deepEqual([await history.list(userId, 9), await history.days(userId, DAY, DAY)], [[], []])
  assert.equal((await history.list(other, 9)).length, 1)
  await history.append([minute(userId, 1)])
  assert.equal((await history.list(userId, 9)).length, 1)
})

every('two thousand entries at once are all there', async (history, userId) => {
  await history.append(Array.from({ length: 2000 }, (_, number) => minute(userId, number)))
  assert.deepEqual(await history.days(userId, DAY, DAY), [{ date: DAY, minutes: 2000, completions: 0 }])
})

test('the settings choose the driver, and a service on it answers the same', async () => {
  const mint = await createTokenMint()
  const settings = {
    HISTORY: 'clickhouse',
    CLICKHOUSE_URL: account.url,
    CLICKHOUSE_DATABASE: account.database,
  }
  const config = loadConfig(Config, settings)
  const service = await openFixture(stores, mint.verifyToken, { openHistory: historyAt(config) })
  const place = lecture(newId())
  await service.publish(place.courseId, [place.lectureId])
  await service.enrol(place.userId, place.courseId)
  const token = await mint.tokenFor({ id: place.userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  await client.complete({ body: { courseId: place.courseId, lectureId: place.lectureId } })
  await client.markActivity()
  await service.copier.copyOnce()
  const { to, days } = await client.getActivity({})
  assert.deepEqual(days, [{ date: to, minutes: 1, completions: 1 }])
  assert.equal((await drivers['ClickHouse']?.list(place.userId, 9))?.length, 2)
  await service.close()
})

test('MongoDB: entries go by themselves after the days that are set, and stay where none are', async () => {
  const expiry = async (keptDays: number) => {
    const connection = await stores.connectMongo()
    await createMongoHistory(connection, keptDays).append([minute(newId(), 0)])
    const [collection] = (await connection.db?.listCollections({ name: 'history' }).toArray()) ?? []
    return (collection as { options?: { expireAfterSeconds?: number } }).options?.expireAfterSeconds
  }
  assert.deepEqual([await expiry(400), await expiry(0)], [400 * 24 * 3600, undefined])
})

test('ClickHouse: entries go by themselves after the days that are set, and stay where none are', async () => {
  const userId = newId()
  const today = new Date().toISOString().slice(0, 10)
  const left = async (keptDays: number) => {
    const history = createClickHouseHistory({ ...account, keptDays })
    const old = daysAfter(today, -401)
    await history.append([watchedMinute(userId, Date.now(), today), watchedMinute(userId, noon, old)])
    const body = `OPTIMIZE TABLE ${clickHouse.database}.history FINAL`
    await fetch(clickHouse.url, { method: 'POST', body })
    return (await history.list(userId, 9)).length
  }
  assert.deepEqual([await left(400), await left(400), await left(0)], [1, 1, 2])
})

const { kill, restart } = clickHouse
const skip = kill === undefined && 'the server at CLICKHOUSE_URL is not ours to kill'
const away = 'ClickHouse: while it is away every call is UNAVAILABLE, and afterwards all is there'
test(away, { skip }, async () => {
  const history = createClickHouseHistory({ ...account, keptDays: 0 })
  const userId = newId()
  await history.append([minute(userId, 0)])
  await kill?.()
  await assert.rejects(history.append([minute(userId, 1)]), { code: 'UNAVAILABLE' })
  await assert.rejects(history.days(userId, DAY, DAY), { code: 'UNAVAILABLE' })
  await restart()
  await history.append([minute(userId, 1)])
  assert.deepEqual(await history.days(userId, DAY, DAY), [{ date: DAY, minutes: 2, completions: 0 }])
})
