import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testClickHouse } from '@aetherlearn/testing/clickhouse'
import { newId } from '@aetherlearn/testing/ids'
import { createEventTable, EVENTS, type EventTable } from './event-table.ts'
import type { LogEvent } from './event.ts'
import { aReport } from './samples.fixture.ts'

const clickHouse = await testClickHouse()
after(() => clickHouse.close())
const account = { url: clickHouse.url, database: clickHouse.database, user: 'default', password: '' }
const table = createEventTable({ ...account, keptDays: 0 })

async function ofUser(userId: string, from: EventTable = table): Promise<LogEvent[]> {
  const events: LogEvent[] = []
  for await (const event of from.ofUser(userId)) events.push(event)
  return events
}
const COUNTS = `SELECT count() AS events, uniqExact(userId) AS students FROM ${EVENTS} FINAL
WHERE courseId = {courseId:String}`
const at = (moment: string) => Date.parse(moment)

test('events are read as they were written, in the order in which they happened', async () => {
  const userId = newId()
  const events = [1, 0, 2].map((second) =>
    aReport({ userId, at: at('2027-03-01T23:59:59Z') + second * 1000, again: [7, 9], furthestBefore: 8 }),
  )
  await table.append(events)
  assert.deepEqual(
    await ofUser(userId),
    events.toSorted((a, b) => a.at - b.at),
  )
})

test('an event that comes twice is there once', async () => {
  const [userId, courseId] = [newId(), newId()]
  const event = aReport({ userId, courseId })
  await table.append([event, event])
  await table.append([event])
  assert.deepEqual(await ofUser(userId), [event])
  assert.deepEqual(await table.read(COUNTS, { courseId }), [{ events: 1, students: 1 }])
})

test('what callers send is never part of a statement', async () => {
  const userId = "x'); DROP TABLE events; --"
  await table.append([aReport({ userId, lectureId: userId })])
  assert.equal((await ofUser(userId))[0]?.lectureId, userId)
})

test('events go by themselves after the days that are set', async () => {
  const userId = newId()
  const forgetful = createEventTable({ ...account, database: `${account.database}_kept`, keptDays: 30 })
  const [old, recent] = [
    aReport({ userId, at: at('2020-01-01T00:00:00Z') }),
    aReport({ userId, at: Date.now() }),
  ]
  await forgetful.append([old, recent])
  const body = `OPTIMIZE TABLE ${account.database}_kept.events FINAL`
  await fetch(clickHouse.url, { method: 'POST', body })
  assert.deepEqual(await ofUser(userId, forgetful), [recent])
})

const { kill, restart } = clickHouse
const skip = kill === undefined && 'the server at CLICKHOUSE_URL is not ours to kill'
test(
  'while ClickHouse is away every call is UNAVAILABLE, and afterwards all is there',
  { skip },
  async () => {
    const userId = newId()
    const [before, after] = [aReport({ userId }), aReport({ userId, at: at('2027-03-02T00:00:00Z') })]
    await table.append([before])
    await kill?.()
    await assert.rejects(table.append([after]), { code: 'UNAVAILABLE' })
    await assert.rejects(ofUser(userId), { code: 'UNAVAILABLE' })
    await restart()
    await table.append([after])
    assert.deepEqual(await ofUser(userId), [before, after])
  },
)
