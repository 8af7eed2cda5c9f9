import { HistoryDay } from '@aetherlearn/contracts/progress/learner'
import { createClickHouse, type ClickHouseAccount } from '@aetherlearn/service-kit/clickhouse'
import { onceItWorks } from '@aetherlearn/service-kit/once-it-works'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Entry, History } from './port.ts'

export type ClickHouseOptions = ClickHouseAccount & {
  /** Entries older than this go by themselves; 0 keeps them. */
  keptDays: number
}

const TABLE = '{database:Identifier}.history'
/** Rows of one student and month lie together. Merges take doubles out, at some time or other; reads do it at once. */
const CREATE = `
CREATE TABLE IF NOT EXISTS ${TABLE} (
  userId FixedString(24),
  id String,
  kind LowCardinality(String),
  at Int64,
  date Date,
  minutes UInt16,
  version UInt32,
  courseId String,
  lectureId String
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(date)
ORDER BY (userId, date, id)`

const LATEST = `
SELECT
  id,
  argMax(tuple(kind, at, date, minutes, version, courseId, lectureId), version) AS latest,
  latest.1 AS latestKind,
  latest.2 AS latestAt,
  latest.3 AS latestDate,
  latest.4 AS latestMinutes
FROM ${TABLE}
WHERE userId = {userId:String}`

const DAYS = `
SELECT toString(latestDate) AS date, sum(latestMinutes) AS minutes, countIf(latestKind = 'completed') AS completions
FROM (${LATEST} AND date >= {from:Date} AND date <= {to:Date} GROUP BY id)
GROUP BY date HAVING minutes > 0 OR completions > 0 ORDER BY date`

const COURSE_DAYS = `
SELECT
  toString(latestDate) AS date, latest.6 AS courseId, sum(latestMinutes) AS minutes,
  sumIf(latestMinutes, latestKind = 'late') AS lateMinutes, countIf(latestKind = 'completed') AS completions
FROM (${LATEST} AND has(splitByChar(',', {days:String}), toString(date)) GROUP BY id)
GROUP BY date, courseId HAVING minutes > 0 OR completions > 0 ORDER BY date, courseId`

const LIST = `
SELECT
  {userId:String} AS userId, id, latestKind AS kind, latestAt AS at, toString(latestDate) AS date,
  latestMinutes AS minutes, latest.5 AS version, latest.6 AS courseId, latest.7 AS lectureId
FROM (${LATEST} AND (at, id) > ({at:Int64}, {id:String}) GROUP BY id)
ORDER BY latestAt, id LIMIT {limit:UInt32}`

const Days = Type.Array(HistoryDay)
const CourseDays = Type.Array(
  Type.Object({
    date: Type.String(),
    courseId: Type.String(),
    minutes: Type.Number(),
    lateMinutes: Type.Number(),
    completions: Type.Number(),
  }),
)
const Entries = Type.Array(
  Type.Object({
    userId: Type.String(),
    id: Type.String(),
    kind: Type.Union([Type.Literal('watched'), Type.Literal('late'), Type.Literal('completed')]),
    at: Type.Number(),
    date: Type.String(),
    minutes: Type.Number(),
    version: Type.Number(),
    courseId: Type.String(),
    lectureId: Type.String(),
  }),
)

/** History in ClickHouse, by its HTTP interface. What callers send travels as bound parameters, never as SQL. */
export function createClickHouseHistory(options: ClickHouseOptions): History {
  const { keptDays, ...account } = options
  const clickHouse = createClickHouse(account)

  async function prepare() {
    await clickHouse.run('CREATE DATABASE IF NOT EXISTS {database:Identifier}')
    await clickHouse.run(CREATE)
    await clickHouse.keepFor('history', 'date', keptDays)
  }
  /** Not at the start: learning does not wait for ClickHouse. */
  const ready = onceItWorks(prepare)

  const list: History['list'] = async (userId, limit, after = { at: Number.MIN_SAFE_INTEGER, id: '' }) => {
    await ready()
    return Value.Parse(Entries, await clickHouse.read(LIST, { userId, limit, ...after }))
  }

  return {
    list,
    async append(entries: readonly Entry[]) {
      await ready()
      const rows = entries.map((entry) => JSON.stringify(entry))
      await clickHouse.insert(`INSERT INTO ${TABLE} FORMAT JSONEachRow`, rows)
    },
    async days(userId, from, to) {
      await ready()
      return Value.Parse(Days, await clickHouse.read(DAYS, { userId, from, to }))
    },
    async courseDays(userId, days) {
      await ready()
      return Value.Parse(CourseDays, await clickHouse.read(COURSE_DAYS, { userId, days: days.join() }))
    },
    async erase(userId) {
      // It rewrites whole parts of the table, and who is erased is erased again and again.
      if ((await list(userId, 1)).length === 0) return
      const sql = `ALTER TABLE ${TABLE} DELETE WHERE userId = {userId:String} SETTINGS mutations_sync = 1`
      await clickHouse.run(sql, { userId })
    },
  }
}
