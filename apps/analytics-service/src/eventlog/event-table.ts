import {
  createClickHouse,
  type ClickHouse,
  type ClickHouseAccount,
  type Parameters,
} from '@aetherlearn/service-kit/clickhouse'
import { onceItWorks } from '@aetherlearn/service-kit/once-it-works'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { dayOf } from '../batch.ts'
import { LogEvent } from './event.ts'

export type EventTableOptions = ClickHouseAccount & {
  /** Events older than this go by themselves; 0 keeps them. */
  keptDays: number
  /** For programs that may take their time. */
  readTimeoutMs?: number
}

export const EVENTS = '{database:Identifier}.events'
/**
 * Days of a course lie together. What came twice has the same day and id: `FINAL` leaves one of them to whoever reads.
 * `userId` is a pseudonym: it is nobody's once `pseudonyms` does not say any more whose it is.
 */
const CREATE = `
CREATE TABLE IF NOT EXISTS ${EVENTS} (
  courseId FixedString(24),
  day Date,
  id String,
  at Int64,
  traffic LowCardinality(String),
  lectureId String,
  userId String,
  watchedMs UInt32,
  replayedMs UInt32,
  playbackId String,
  newPlayback UInt8,
  fresh Array(UInt32),
  again Array(UInt32),
  furthestBefore Int32,
  furthest Int32,
  INDEX users userId TYPE bloom_filter GRANULARITY 4
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (courseId, day, id)`

export const WATCHED = '{database:Identifier}.watched'
/** Who watched which lecture on which day: a row for what is hundreds of events. Rows that are there twice mean the same. */
const CREATE_WATCHED = `
CREATE TABLE IF NOT EXISTS ${WATCHED} (
  courseId FixedString(24),
  day Date,
  lectureId String,
  userId String
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (courseId, day, lectureId, userId)`

const OF_USER = `
SELECT
  id, at, traffic, toString(courseId) AS courseId, lectureId, userId, watchedMs, replayedMs, playbackId, newPlayback,
  fresh, again, furthestBefore, furthest
FROM ${EVENTS} FINAL
WHERE userId = {userId:String} AND (at, id) > ({at:Int64}, {id:String})
ORDER BY at, id LIMIT {limit:UInt32}`
const Events = Type.Array(LogEvent)
const PAGE = 5000

export type EventTable = {
  /** What is there already, by its id, changes nothing. */
  append(events: readonly LogEvent[]): Promise<void>
  read: ClickHouse['read']
  /** All of one student, in the order in which they happened. */
  ofUser(pseudonym: string): AsyncGenerator<LogEvent>
}

/** Every event that was counted, in a table of ClickHouse. */
export function createEventTable({ keptDays, readTimeoutMs, ...account }: EventTableOptions): EventTable {
  const clickHouse = createClickHouse(account, readTimeoutMs)
  /** Not at the start: nobody waits for ClickHouse. */
  const ready = onceItWorks(async () => {
    await clickHouse.run('CREATE DATABASE IF NOT EXISTS {database:Identifier}')
    for (const create of [CREATE, CREATE_WATCHED]) await clickHouse.run(create)
    for (const name of ['events', 'watched']) await clickHouse.keepFor(name, 'day', keptDays)
  })
  async function read(sql: string, parameters?: Parameters) {
    await ready()
    return clickHouse.read(sql, parameters)
  }
  const pageOf = async (userId: string, after?: LogEvent) => {
    const { at = Number.MIN_SAFE_INTEGER, id = '' } = after ?? {}
    return Value.Parse(Events, await read(OF_USER, { userId, at, id, limit: PAGE }))
  }

  return {
    read,
    async append(events) {
      if (events.length === 0) return
      await ready()
      const rows = events.map((event) => ({ ...event, day: dayOf(event.at) }))
      const watched = rows.filter(({ traffic, watchedMs }) => traffic === 'students' && watchedMs > 0)
      const lines = new Set(
        watched.map(({ courseId, day, lectureId, userId }) =>
          JSON.stringify({ courseId, day, lectureId, userId }),
        ),
      )
      // First: who dies in between does both again, and an event that is there is in both.
      if (lines.size > 0) await clickHouse.insert(`INSERT INTO ${WATCHED} FORMAT JSONEachRow`, [...lines])
      await clickHouse.insert(
        `INSERT INTO ${EVENTS} FORMAT JSONEachRow`,
        rows.map((row) => JSON.stringify(row)),
      )
    },
    async *ofUser(userId) {
      let page = await pageOf(userId)
      while (page.length > 0) {
        yield* page
        page = page.length < PAGE ? [] : await pageOf(userId, page.at(-1))
      }
    },
  }
}
