import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Plan, Sent } from './generator.ts'

export type Load = {
  url: string
  method?: 'GET' | 'POST'
  /** One request for each, sent in turn. */
  headers: Record<string, string>[]
  /** The same for all, or one for each of `headers`. */
  body?: string | string[]
  connections: number
  seconds: number
  /** Requests per second over all connections, evenly spaced; left out: as fast as it goes. */
  rate?: number
  /** Each request once, however long that takes. */
  once?: boolean
}
export type LoadResult = {
  requests: number
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  /** Of what was due from one moment (ms since 1970) to another. */
  p99Between(from: number, to: number): number
}

const script = new URL('./generator.ts', import.meta.url).pathname

/** Sends requests for a while, from a process of its own. An answer other than 2xx makes the measurement void: it throws. */
export async function applyLoad(load: Load): Promise<LoadResult> {
  const sent = await generate(planOf(load))
  const { tookMs, dueAt, bad, firstBad, seconds } = sent
  if (bad > 0) throw new Error(`${load.url}: ${bad} of ${tookMs.length} failed, the first with ${firstBad}`)
  return {
    requests: tookMs.length,
    requestsPerSecond: tookMs.length / seconds,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
    p99Between: (from, to) => {
      const within = (_: number, index: number) => (dueAt[index] ?? 0) >= from && (dueAt[index] ?? 0) <= to
      return quantile(tookMs.filter(within), 0.99)
    },
  }
}

function planOf({ url, method = 'GET', headers, body = '', ...plan }: Load): Plan {
  const { hostname, port, host, pathname, search } = new URL(url)
  const requests = headers.map((own, i) => {
    const text = typeof body === 'string' ? body : (body[i] ?? '')
    const length: Record<string, string> =
      method === 'GET' ? {} : { 'content-length': `${Buffer.byteLength(text)}` }
    const lines = Object.entries({ host, ...length, ...own }).map(([name, value]) => `${name}: ${value}\r\n`)
    return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n${text}`
  })
  return { ...plan, host: hostname, port: Number(port), requests }
}

async function generate(plan: Plan): Promise<Sent> {
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(plan))
  const said = await text(child.stdout)
  if (said === '') throw new Error('the load generator died')
  return JSON.parse(said) as Sent
}

function quantile(values: number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(2))
}
