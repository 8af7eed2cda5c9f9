import type { FastifyInstance } from 'fastify'
import { Gauge, Registry, collectDefaultMetrics, type Metric } from 'prom-client'

/** Upper limits in seconds; one more bucket takes what lasts longer. */
const BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const NAME = 'http_request_duration_seconds'

type Labels = { method: string; route: string; status: number }
type Series = { labels: Labels; counts: number[]; sum: number }

const newSeries = (labels: Labels): Series => ({ labels, counts: BUCKETS.map(() => 0).concat(0), sum: 0 })

/** As Prometheus counts: each bucket holds those before it. */
function samplesOf({ labels, counts, sum }: Series) {
  let count = 0
  const buckets = counts.map((own, index) => {
    count += own
    return {
      metricName: `${NAME}_bucket`,
      labels: { ...labels, le: BUCKETS[index] ?? '+Inf' },
      value: count,
    }
  })
  const total = { metricName: `${NAME}_count`, labels, value: count }
  return [...buckets, { metricName: `${NAME}_sum`, labels, value: sum }, total]
}

/** One histogram of requests. prom-client's own finds the series of each request by building a text of its labels. */
function requestHistogram() {
  const all: Series[] = []
  /** By route, method and status. */
  const known = new Map<string, Map<string, Map<number, Series>>>()
  const add = (labels: Labels): Series => {
    const { route, method, status } = labels
    const series = newSeries(labels)
    all.push(series)
    const methods = known.get(route) ?? new Map<string, Map<number, Series>>()
    known.set(route, methods)
    const statuses = methods.get(method) ?? new Map<number, Series>()
    methods.set(method, statuses)
    statuses.set(status, series)
    return series
  }
  const metric = {
    name: NAME,
    get: async () => ({
      name: NAME,
      help: 'Time from the request’s first byte to the response’s last',
      type: 'histogram',
      values: all.flatMap(samplesOf),
      aggregator: 'sum',
    }),
    reset: () => {
      all.length = 0
      known.clear()
    },
  }
  return {
    // The part of a metric that a registry uses.
    metric: metric as unknown as Metric,
    observe: (route: string, method: string, status: number, seconds: number) => {
      const series = known.get(route)?.get(method)?.get(status) ?? add({ method, route, status })
      let bucket = 0
      while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket += 1
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
      series.sum += seconds
    },
  }
}

/** The process's own numbers and one histogram of requests by route, at `/metrics` in Prometheus' text format. */
export function registerMetrics(app: FastifyInstance): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = requestHistogram()
  registry.registerMetric(requests.metric)
  app.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, never the address: addresses would make a series each.
    const route = request.matched.url ?? 'unknown'
    requests.observe(route, request.method, reply.statusCode, reply.elapsedTime / 1000)
    done()
  })
  const config = { access: 'public' } as const
  app.get('/metrics', { config, logLevel: 'warn', schema: { hide: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
  return registry
}

/** How old something is at the moment of the scrape: `since` is asked then; 0 where there is nothing. */
export function measureAge(registry: Registry, name: string, since: () => Promise<Date | undefined>) {
  new Gauge({
    name,
    help: 'Seconds that the oldest has waited; NaN while MongoDB cannot be asked',
    registers: [registry],
    async collect() {
      const ageOf = (from: Date | undefined) =>
        from === undefined ? 0 : (Date.now() - from.getTime()) / 1000
      this.set(await since().then(ageOf, () => NaN))
    },
  })
}
