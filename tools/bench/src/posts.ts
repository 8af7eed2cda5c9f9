import { lessIsBetter, measureInTurns, type Figure } from './figures.ts'
import { applyLoad, type Load, type LoadResult } from './load.ts'

const CONNECTIONS = 64
const SECONDS = 3
const P99_ROUNDS = 3
const P99_SECONDS = 4

/** A route that is sent to again and again, ours or a bare one of the same work. */
export type Posts = {
  load(how: Pick<Load, 'seconds'> & Partial<Load>): Promise<LoadResult>
  /** Of the server's process, so far. */
  cpuSeconds(): Promise<number>
}
export type Posted = { origin: string; path: string } & Required<Pick<Load, 'headers' | 'body'>>

const json = { 'content-type': 'application/json' }

export function postsTo({ origin, path, headers, body }: Posted): Posts {
  const load = { url: origin + path, method: 'POST' as const, connections: CONNECTIONS, body }
  const typed = headers.map((own) => ({ ...json, ...own }))
  return {
    load: (how) => applyLoad({ ...load, headers: typed, ...how }),
    async cpuSeconds() {
      const text = await (await fetch(`${origin}/metrics`)).text()
      return Number(/^process_cpu_seconds_total\S* (\S+)/m.exec(text)?.[1])
    },
  }
}

/** As fast as it goes, and what a request costs of the server's own time, which depends less on what else runs. */
export async function* throughput(name: string, ours: Posts, bare: Posts): AsyncGenerator<Figure> {
  const [mine, theirs] = [counted(ours), counted(bare)]
  yield await measureInTurns({
    ...{ name, unit: 'requests/s', rounds: 5 },
    ...{ ours: mine.rate, baseline: theirs.rate },
  })
  yield lessIsBetter(`${name} CPU`, mine.microseconds, theirs.microseconds, 'us/request')
}

/** Loads that note what each request cost. */
function counted(posts: Posts) {
  const microseconds: number[] = []
  const rate = async () => {
    const before = await posts.cpuSeconds()
    const { requests, requestsPerSecond } = await posts.load({ seconds: SECONDS })
    microseconds.push((((await posts.cpuSeconds()) - before) * 1e6) / requests)
    return requestsPerSecond
  }
  return { microseconds, rate }
}

/** At a fixed rate, in turns. */
export async function p99At(name: string, rate: number, ours: Posts, bare: Posts): Promise<Figure> {
  const [mine, theirs]: [number[], number[]] = [[], []]
  const at = { seconds: P99_SECONDS, rate }
  for (let round = 0; round < P99_ROUNDS; round += 1) {
    mine.push((await ours.load(at)).p99Ms)
    theirs.push((await bare.load(at)).p99Ms)
  }
  return lessIsBetter(`${name} p99 at ${rate}/s`, mine, theirs, 'ms')
}

/** The rate alone, in fewer rounds: for baselines beside the one that a target names. */
export function against(name: string, ours: Posts, baseline: Posts): Promise<Figure> {
  const rate = async (posts: Posts) => (await posts.load({ seconds: SECONDS })).requestsPerSecond
  const turns = { ours: () => rate(ours), baseline: () => rate(baseline) }
  return measureInTurns({ name, unit: 'requests/s', rounds: 2, ...turns })
}
