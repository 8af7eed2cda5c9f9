import { createHmac, randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { dayOf } from '../batch.ts'
import { saltKey } from '../keys.ts'

const DAY_MS = 86_400_000
const SALT_BYTES = 32
/** For reports that are under way at midnight. */
const KEPT_AFTER_MS = 60_000
const NAME_LENGTH = 22

export type Visitors = {
  /** What somebody is called on the day of this moment who must not be known: the same in every instance. */
  nameOf(userId: string, at: number): Promise<string>
}

/**
 * Names for those who are counted and not known. They are made with a salt of the day that nobody keeps: from the next
 * day on it cannot be said any more whose name it was, nor that two names of two days are one person's.
 */
export function createVisitors(redis: Redis): Visitors {
  let known = { day: '', salt: '' }

  async function saltOf(at: number) {
    const day = dayOf(at)
    if (known.day === day) return known.salt
    const fresh = randomBytes(SALT_BYTES).toString('base64')
    const leftMs = DAY_MS - (at % DAY_MS) + KEPT_AFTER_MS
    await redis.set(saltKey(day), fresh, 'PX', leftMs, 'NX')
    const salt = (await redis.get(saltKey(day))) ?? fresh
    known = { day, salt }
    return salt
  }

  return {
    async nameOf(userId, at) {
      const salt = await saltOf(at)
      return createHmac('sha256', salt).update(userId).digest('base64url').slice(0, NAME_LENGTH)
    },
  }
}
