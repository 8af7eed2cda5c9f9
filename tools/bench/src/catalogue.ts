import { startBaseline } from './baseline.ts'
import { measureInTurns, type Figure } from './figures.ts'
import { applyLoad, type LoadResult } from './load.ts'
import type { BenchStack } from './stack.ts'

const CONNECTIONS = 64
const SECONDS = 4
const ROUNDS = 5
const TARGET_RATE = 2000

/** The list and a course's page, warm, each against a bare route in a process of its own that has the same bytes. */
export async function catalogueBench(stack: BenchStack): Promise<Figure[]> {
  const pages = [
    { name: 'catalogue list', path: '/api/v1/course/getpublished' },
    { name: 'catalogue course page', path: `/api/v1/course/published/${stack.courseId}` },
  ]
  const figures: Figure[] = []
  for (const page of pages) figures.push(...(await benchPage(stack, page)))
  return figures
}

async function benchPage(
  stack: BenchStack,
  { name, path }: { name: string; path: string },
): Promise<Figure[]> {
  const address = `${stack.urls['course-service']}${path}`
  const baseline = await startBaseline('./baseline-bytes.ts', [address])
  const load = (url: string, rate?: number): Promise<LoadResult> =>
    applyLoad({
      url,
      headers: [{}],
      connections: CONNECTIONS,
      seconds: SECONDS,
      ...(rate === undefined ? {} : { rate }),
    })
  try {
    const throughput = await measureInTurns({
      name,
      unit: 'requests/s',
      rounds: ROUNDS,
      ours: async () => (await load(address)).requestsPerSecond,
      baseline: async () => (await load(baseline.url)).requestsPerSecond,
    })
    const [ours, theirs] = [await load(address, TARGET_RATE), await load(baseline.url, TARGET_RATE)]
    const p99 = {
      ours: ours.p99Ms,
      baseline: theirs.p99Ms,
      ratio: Number((theirs.p99Ms / ours.p99Ms).toFixed(3)),
    }
    return [throughput, { name: `${name} p99 at ${TARGET_RATE}/s`, ...p99, unit: 'ms' }]
  } finally {
    await baseline.stop()
  }
}
