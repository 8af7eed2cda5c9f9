import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { measureInTurns, type Figure } from './figures.ts'
import { applyLoad, type LoadResult } from './load.ts'
import type { BenchStack } from './stack.ts'

const CONNECTIONS = 64
const SECONDS = 4
const ROUNDS = 5
/** 10,000 students who save every 5 s. */
const TARGET_RATE = 2000

/** Our save, token and input checked, against a bare route that makes one equivalent Redis call. */
export async function progressSaveBench(stack: BenchStack): Promise<Figure[]> {
  const baseline = await startBaseline(stack.redisStateUrl)
  const body = JSON.stringify({ courseId: stack.courseId, lectureId: stack.lectureId, watchTime: 12.5 })
  const json = { 'content-type': 'application/json' }
  const withTokens = stack.studentTokens.map((token) => ({ ...json, authorization: `Bearer ${token}` }))
  const save = (rate?: number): Promise<LoadResult> =>
    applyLoad({
      url: `${stack.urls['progress-service']}/api/v1/progress/save`,
      method: 'POST',
      headers: withTokens,
      body,
      connections: CONNECTIONS,
      seconds: SECONDS,
      ...(rate === undefined ? {} : { rate }),
    })
  const bare = (rate?: number): Promise<LoadResult> =>
    applyLoad({
      url: `${baseline.url}/save`,
      method: 'POST',
      headers: [json],
      body,
      connections: CONNECTIONS,
      seconds: SECONDS,
      ...(rate === undefined ? {} : { rate }),
    })
  try {
    const throughput = await measureInTurns({
      name: 'progress-save',
      unit: 'requests/s',
      rounds: ROUNDS,
      ours: async () => (await save()).requestsPerSecond,
      baseline: async () => (await bare()).requestsPerSecond,
    })
    const [ours, theirs] = [await save(TARGET_RATE), await bare(TARGET_RATE)]
    const p99 = {
      ours: ours.p99Ms,
      baseline: theirs.p99Ms,
      ratio: Number((theirs.p99Ms / ours.p99Ms).toFixed(3)),
    }
    return [throughput, { name: 'progress-save p99 at 2000/s', ...p99, unit: 'ms' }]
  } finally {
    await baseline.stop()
  }
}

async function startBaseline(redisUrl: string) {
  const script = new URL('./baseline-redis-call.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, REDIS_STATE_URL: redisUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url, stop }
}
