import { randomUUID } from 'node:crypto'
import type { Redis, Result } from 'ioredis'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    endLease(key: string, holder: string): Result<number, Context>
  }
}

export type Lease = {
  key: string
  /** After which a holder that died lets go. */
  ms: number
}
/** Source document 002 §8. */
const flushLease: Lease = { key: 'an:flush-lease', ms: 4 * 60_000 }

const endScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`

/**
 * Does `work` unless another instance is at it. For economy alone: two at once, or one that outlives its lease, do the
 * same work twice and change nothing by it.
 */
export function underLease(
  redis: Redis,
  work: () => Promise<unknown>,
  { key, ms }: Lease = flushLease,
): () => Promise<void> {
  redis.defineCommand('endLease', { numberOfKeys: 1, lua: endScript })
  return async () => {
    const holder = randomUUID()
    if ((await redis.set(key, holder, 'PX', ms, 'NX')) === null) return
    try {
      await work()
    } finally {
      await redis.endLease(key, holder)
    }
  }
}
