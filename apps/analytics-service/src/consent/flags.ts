import type { Redis } from 'ioredis'
import { CONSENTS_KEY, refusedKey } from '../keys.ts'

/** Set and asked for in the same call. */
const AT_ONCE = 500

/**
 * Who said no stands in Redis, where the call that grants time looks for it: a report costs nothing more. MongoDB has
 * the truth; a Redis that was wiped is told again.
 */
export function createFlags(redis: Redis) {
  return {
    async set(userId: string, refused: boolean): Promise<void> {
      if (refused) await redis.set(refusedKey(userId), '1')
      else await redis.del(refusedKey(userId))
    },
    /** Only where Redis has lost it. */
    async restore(everybody: () => AsyncIterable<{ _id: string }>): Promise<void> {
      if ((await redis.exists(CONSENTS_KEY)) === 1) return
      let some: string[] = []
      const tell = async () => {
        await Promise.all(some.map((userId) => redis.set(refusedKey(userId), '1')))
        some = []
      }
      for await (const { _id } of everybody()) if (some.push(_id) === AT_ONCE) await tell()
      await tell()
      await redis.set(CONSENTS_KEY, '1')
    },
    async isRefused(userId: string): Promise<boolean> {
      return (await redis.exists(refusedKey(userId))) === 1
    },
  }
}
export type Flags = ReturnType<typeof createFlags>
