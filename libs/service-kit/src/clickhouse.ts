import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { neededWith } from './config.ts'
import { fail } from './errors.ts'

/** Where a ClickHouse server is; its address is needed where the setting `name` has the value `value`. */
export const clickHouseSettings = (name: string, value: string) => ({
  /** Its HTTP interface, as `http://clickhouse:8123`; without a password, which errors would repeat. */
  CLICKHOUSE_URL: neededWith(name, value, '^(https?://[^\\s@]+)?$'),
  CLICKHOUSE_DATABASE: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', default: 'aetherlearn' }),
  CLICKHOUSE_USER: Type.String({ minLength: 1, default: 'default' }),
  CLICKHOUSE_PASSWORD: Type.String({ default: '' }),
})

export type ClickHouseAccount = { url: string; database: string; user: string; password: string }
export const clickHouseAccount = (settings: {
  CLICKHOUSE_URL: string
  CLICKHOUSE_DATABASE: string
  CLICKHOUSE_USER: string
  CLICKHOUSE_PASSWORD: string
}): ClickHouseAccount => ({
  url: settings.CLICKHOUSE_URL,
  database: settings.CLICKHOUSE_DATABASE,
  user: settings.CLICKHOUSE_USER,
  password: settings.CLICKHOUSE_PASSWORD,
})

/** Bound in a statement as `{name:Type}`; `database` is always there. */
export type Parameters = Record<string, string | number>
export type ClickHouse = {
  /** Throws UNAVAILABLE for whatever goes wrong. */
  run(sql: string, parameters?: Parameters): Promise<void>
  /** Rows as JSON, one a line. */
  insert(sql: string, lines: readonly string[]): Promise<void>
  read(sql: string, parameters?: Parameters): Promise<unknown[]>
  /** From now on the table's rows go by themselves so many days after the date in `column`; 0 keeps them. */
  keepFor(table: string, column: string, days: number): Promise<void>
}

/** Somebody waits for a read; nobody waits for a copy. */
const READ_TIMEOUT_MS = 1200
const WRITE_TIMEOUT_MS = 20_000

const TABLE_AS_IT_IS = `
SELECT engine_full AS engine FROM system.tables WHERE database = {database:String} AND name = {table:String}`
const Tables = Type.Array(Type.Object({ engine: Type.String() }))
const Answer = Type.Object({ data: Type.Array(Type.Unknown()) })

/**
 * A ClickHouse server by its HTTP interface. What callers send travels as bound parameters or as rows, never as SQL.
 * `readTimeoutMs` is for programs that may take their time.
 */
export function createClickHouse(account: ClickHouseAccount, readTimeoutMs = READ_TIMEOUT_MS): ClickHouse {
  const { url, database, user, password } = account

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

  const read = async (sql: string, parameters?: Parameters) =>
    Value.Parse(Answer, JSON.parse(await ask(sql, readTimeoutMs, parameters))).data

  return {
    read,
    run: async (sql, parameters) => void (await ask(sql, WRITE_TIMEOUT_MS, parameters)),
    insert: async (sql, lines) => void (await ask(sql, WRITE_TIMEOUT_MS, {}, lines.join('\n'))),
    async keepFor(table, column, days) {
      const wanted = days > 0 ? `${column} + toIntervalDay(${days})` : ''
      const [found] = Value.Parse(Tables, await read(TABLE_AS_IT_IS, { table }))
      const present = / TTL (.*?)( SETTINGS|$)/.exec(found?.engine ?? '')?.[1] ?? ''
      // Asked for what it has already, it would go through all rows again.
      if (wanted === present) return
      const change = wanted === '' ? 'REMOVE TTL' : `MODIFY TTL ${wanted}`
      await ask(`ALTER TABLE {database:Identifier}.${table} ${change}`, WRITE_TIMEOUT_MS)
    },
  }
}
