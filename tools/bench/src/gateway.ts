import { measureInTurns, type Figure } from './figures.ts'
import { applyLoad } from './load.ts'
import type { BenchStack } from './stack.ts'

const CONNECTIONS = 32
const SECONDS = 4
const ROUNDS = 5

/** The same request through the gateway and straight to the service behind it. */
export async function gatewayBench(stack: BenchStack): Promise<Figure[]> {
  const path = `/api/v1/progress/${stack.courseId}`
  const headers = stack.studentTokens.map((token) => ({ authorization: `Bearer ${token}` }))
  const rate = async (origin: string) => {
    const load = { url: origin + path, headers, connections: CONNECTIONS, seconds: SECONDS }
    return (await applyLoad(load)).requestsPerSecond
  }
  const figure = await measureInTurns({
    name: 'gateway',
    unit: 'requests/s',
    rounds: ROUNDS,
    ours: () => rate(stack.gatewayUrl),
    baseline: () => rate(stack.urls['progress-service'] ?? ''),
  })
  return [figure]
}
