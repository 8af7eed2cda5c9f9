import { randomUUID } from 'node:crypto'
import type { Redis, Result } from 'ioredis'
import type { SketchStore } from '../flush/sketch-store.ts'
import { courseKeys } from '../keys.ts'
import { daysIn, type Period } from './periods.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    addSketches(sum: string, incoming: string, ...sketches: Buffer[]): Result<number, Context>
  }
}

/** KEYS: HyperLogLog to add to, a key to bring sketches in by. ARGV: sketches. */
const addScript = `
for _, sketch in ipairs(ARGV) do
  redis.call('SET', KEYS[2], sketch)
  redis.call('PFMERGE', KEYS[1], KEYS[2])
end
return redis.call('DEL', KEYS[2])
`
/** So many take Redis well under a millisecond, and others get their turn in between. */
const SKETCHES_AT_ONCE = 8
/** Should this process die between making its sum and removing it. */
const SUM_KEPT_MS = 60_000

/** Students of a course within a period, each once, by the union of the days’ HyperLogLogs. */
export type DayStudents = (courseId: string, period: Period) => Promise<number>

/** Of what is stored and what Redis knows beyond it. */
export function createDayStudents(redis: Redis, store: Pick<SketchStore, 'ofDays'>): DayStudents {
  redis.defineCommand('addSketches', { numberOfKeys: 2, lua: addScript })
  return async (courseId, period) => {
    const stored = await store.ofDays(courseId, period.from, period.to)
    const sketches = stored.map(({ sketch }) => sketch)
    const keys = courseKeys(courseId)
    const [sum, incoming] = [keys.incoming(randomUUID()), keys.incoming(randomUUID())]
    const steps = redis
      .pipeline()
      .pfmerge(sum, ...daysIn(period).map(keys.dayUsers))
      .pexpire(sum, SUM_KEPT_MS)
    for (let i = 0; i < sketches.length; i += SKETCHES_AT_ONCE)
      steps.addSketches(sum, incoming, ...sketches.slice(i, i + SKETCHES_AT_ONCE))
    const answers = (await steps.pfcount(sum).del(sum).exec()) ?? []
    const failed = answers.find(([error]) => error !== null)?.[0]
    if (failed) throw failed
    return Number(answers.at(-2)?.[1])
  }
}
