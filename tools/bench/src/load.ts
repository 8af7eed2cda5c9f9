import autocannon from 'autocannon'

export type Load = {
  url: string
  method?: 'GET' | 'POST'
  /** One entry per client connection, used in turn. */
  headers: Record<string, string>[]
  body?: string
  connections: number
  seconds: number
  /** Requests per second over all connections; left out: as fast as it goes. */
  rate?: number
}
export type LoadResult = { requestsPerSecond: number; p50Ms: number; p99Ms: number }

/** Sends requests for a while. An answer other than 2xx or a broken connection makes the measurement void: it throws. */
export async function applyLoad(load: Load): Promise<LoadResult> {
  let next = 0
  const result = await autocannon({
    url: load.url,
    connections: load.connections,
    duration: load.seconds,
    ...(load.rate === undefined ? {} : { overallRate: load.rate }),
    setupClient: (client) => {
      const headers = load.headers[next % load.headers.length] ?? {}
      next += 1
      client.setHeadersAndBody(headers, load.body ?? '')
    },
    method: load.method ?? 'GET',
  })
  const bad = result.non2xx + result.errors + result.timeouts
  if (bad > 0) throw new Error(`${load.url}: ${bad} of ${result.requests.total} requests did not succeed`)
  return {
    requestsPerSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}
