import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'

const DAY_MS = 86_400_000
/** For calls that are under way at midnight. */
const KEPT_AFTER_MS = 60_000
/** A Redis that evicted it has another one, and all gateways have that soon. */
const ASKED_AGAIN_MS = 60_000
const BYTES = 32

/**
 * What names of buckets are made with, the same at every gateway and another each day: addresses of people do not lie in
 * Redis, and when the day is over nobody can find out whose a name was.
 */
export function createSalt(redis: Redis, now: () => number = Date.now): () => Promise<string> {
  let known = { salt: '', until: 0 }
  return async () => {
    const at = now()
    if (at < known.until) return known.salt
    const leftMs = DAY_MS - (at % DAY_MS)
    const key = `rate-salt:${Math.floor(at / DAY_MS)}`
    const fresh = randomBytes(BYTES).toString('base64')
    await redis.set(key, fresh, 'PX', leftMs + KEPT_AFTER_MS, 'NX')
    const salt = (await redis.get(key)) ?? fresh
    known = { salt, until: at + Math.min(ASKED_AGAIN_MS, leftMs) }
    return salt
  }
}
