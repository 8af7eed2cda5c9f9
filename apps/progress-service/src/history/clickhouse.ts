import { HistoryDay } from '@aetherlearn/contracts/progress/learner'
import { fail } from '@aetherlearn/service-kit/errors'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { onceItWorks } from './once-it-works.ts'
import type { Entry, History } from './port.ts'

export type ClickHouseOptions = {
  url: string
  database: string
  user: string
  password: string
  /** Entries older than this go by themselves; 0 keeps them. */
  keptDays: number
}
type Parameters = Record<string, string | number>

/** Somebody waits for a read; nobody waits for a copy. */
const READ_TIMEOUT_MS = 1200
const WRITE_TIMEOUT_MS = 20_000

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

const LIST = `
SELECT
  {userId:String} AS userId, id, latestKind AS kind, latestAt AS at, toString(latestDate) AS date,
  latestMinutes AS minutes, latest.5 AS version, latest.6 AS courseId, latest.7 AS lectureId
FROM (${LATEST} AND (at, id) > ({at:Int64}, {id:String}) GROUP BY id)
ORDER BY latestAt, id LIMIT {limit:UInt32}`

const TABLE_AS_IT_IS = `
SELECT engine_full AS engine FROM system.tables WHERE database = {database:String} AND name = 'history'`

const Tables = Type.Array(Type.Object({ engine: Type.String() }))
const Days = Type.Array(HistoryDay)
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
const Answer = Type.Object({ data: Type.Array(Type.Unknown()) })

/** History in ClickHouse, by its HTTP interface. What callers send travels as bound parameters, never as SQL. */
export function createClickHouseHistory(options: ClickHouseOptions): History {
  const { url, database, user, password, keptDays } = options

  async function ask(sql: string, timeoutMs: number, parameters: Parameters = {}, rows?: string) {
    const target = new URL(url)
    const settings = { default_format: 'JSON', output_format_json_quote_64bit_integers: '0' }
    const bound = Object.entries({ database, ...parameters }).map(([name, value]) => [
      `param_${name}`,
      String(value),
    ])
    for (const [name = '', value = ''] of [...Object.entries(settings), ...bound])
      target.searchParams.set(name, value)
    // With rows the body is theirs.
    if (rows !== undefined) target.searchParams.set('query', sql)
    const headers = { 'x-clickhouse-user': user, 'x-clickhouse-key': password }
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const response = await fetch(target, { method: 'POST', headers, body: rows ?? sql, signal })
      const text = await response.text()
      if (!response.ok) throw new Error(`ClickHouse answered ${response.status}: ${text.slice(0, 500)}`)
      return text
    } catch (error) {
      throw fail('UNAVAILABLE', { internal: 'ClickHouse', cause: error })
    }
  }

  const rowsOf = async (sql: string, parameters: Parameters) =>
    Value.Parse(Answer, JSON.parse(await ask(sql, READ_TIMEOUT_MS, parameters))).data

  async function prepare() {
    await ask('CREATE DATABASE IF NOT EXISTS {database:Identifier}', WRITE_TIMEOUT_MS)
    await ask(CREATE, WRITE_TIMEOUT_MS)
    const wanted = keptDays > 0 ? `date + toIntervalDay(${keptDays})` : ''
    const [table] = Value.Parse(Tables, await rowsOf(TABLE_AS_IT_IS, {}))
    const present = / TTL (.*?)( SETTINGS|$)/.exec(table?.engine ?? '')?.[1] ?? ''
    // Asked for what it has already, it would go through all rows again.
    if (wanted === present) return
    const change = wanted === '' ? 'REMOVE TTL' : `MODIFY TTL ${wanted}`
    await ask(`ALTER TABLE ${TABLE} ${change}`, WRITE_TIMEOUT_MS)
  }
  /** Not at the start: learning does not wait for ClickHouse. */
  const ready = onceItWorks(prepare)

  const list: History['list'] = async (userId, limit, after = { at: Number.MIN_SAFE_INTEGER, id: '' }) => {
    await ready()
    return Value.Parse(Entries, await rowsOf(LIST, { userId, limit, ...after }))
  }

  return {
    list,
    async append(entries: readonly Entry[]) {
      await ready()
      const rows = entries.map((entry) => JSON.stringify(entry)).join('\n')
      await ask(`INSERT INTO ${TABLE} FORMAT JSONEachRow`, WRITE_TIMEOUT_MS, {}, rows)
    },
    async days(userId, from, to) {
      await ready()
      return Value.Parse(Days, await rowsOf(DAYS, { userId, from, to }))
    },
    async erase(userId) {
      // It rewrites whole parts of the table, and who is erased is erased again and again.
      if ((await list(userId, 1)).length === 0) return
      const sql = `ALTER TABLE ${TABLE} DELETE WHERE userId = {userId:String} SETTINGS mutations_sync = 1`
      await ask(sql, WRITE_TIMEOUT_MS, { userId })
    },
  }
}
