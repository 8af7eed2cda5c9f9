import { createHmac } from 'node:crypto'
import type { Redis } from 'ioredis'
import { createSalt } from './salt.ts'

/** One call was taken: how many so far in this window, and how long the window still lasts. */
export type Taken = { current: number; ttl: number }
export type Buckets = {
  take(key: string, windowMs: number): Promise<Taken>
}

/** Counting and its end are one step, so that no count can stay for ever. */
const TAKE = `
  local current = redis.call('INCR', KEYS[1])
  if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return { current, redis.call('PTTL', KEYS[1]) }
`
/** A Redis that answers later than this is slower than what it protects. */
const ANSWER_LIMIT_MS = 250

/** Buckets that every gateway shares, under names that tell nobody's address. Rejects where Redis does not answer. */
export function sharedBuckets(redis: Redis): Buckets {
  const saltOf = createSalt(redis)
  const takeFrom = async (key: string, windowMs: number) => {
    const name = createHmac('sha256', await saltOf())
      .update(key)
      .digest('base64url')
    return redis.eval(TAKE, 1, `{rate:${name}}`, windowMs)
  }
  return {
    async take(key, windowMs) {
      const { promise: late, reject } = Promise.withResolvers<never>()
      const giveUp = () => reject(new Error('Redis gave no answer in time'))
      // Where we were busy ourselves, the answer lies there unread: it is read before the next turn.
      const timer = setTimeout(() => setImmediate(giveUp), ANSWER_LIMIT_MS)
      try {
        const answer = await Promise.race([takeFrom(key, windowMs), late])
        if (!Array.isArray(answer)) throw new Error('Redis answered something else')
        return { current: Number(answer[0]), ttl: Number(answer[1]) }
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** Beyond this many keys all are forgotten: better a generous minute than a full memory. */
const MAX_KEYS = 100_000

/** Buckets of this process alone. */
export function localBuckets(now: () => number = Date.now): Buckets {
  const open = new Map<string, { current: number; endsAt: number }>()
  return {
    async take(key, windowMs) {
      if (open.size >= MAX_KEYS) open.clear()
      const known = open.get(key)
      const bucket =
        known !== undefined && known.endsAt > now() ? known : { current: 0, endsAt: now() + windowMs }
      bucket.current += 1
      open.set(key, bucket)
      return { current: bucket.current, ttl: bucket.endsAt - now() }
    },
  }
}

/** How long the shared buckets are left alone after they failed. */
const REST_MS = 1000

/** The shared buckets, and this process's own while those are away. */
export function patientBuckets(shared: Buckets, local: Buckets, now: () => number = Date.now): Buckets {
  let restingUntil = 0
  return {
    async take(key, windowMs) {
      if (now() < restingUntil) return local.take(key, windowMs)
      try {
        return await shared.take(key, windowMs)
      } catch {
        restingUntil = now() + REST_MS
        return local.take(key, windowMs)
      }
    },
  }
}
