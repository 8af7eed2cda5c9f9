import { hash, verify } from '@node-rs/argon2'
import { fail } from '@aetherlearn/service-kit/errors'

/** OWASP Password Storage Cheat Sheet: Argon2id (the library's default), 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/**
 * Hashing takes tens of milliseconds of a core. Where more than this many wait, the last of them would miss the time
 * that a request has, so it is better told at once.
 */
const MAX_WAITING = 32

export type Passwords = {
  hash(password: string): Promise<string>
  /** Costs the same time where there is no hash to compare with. */
  matches(password: string, passwordHash: string | undefined): Promise<boolean>
}

export function createPasswords(): Passwords {
  let waiting = 0
  const queued = async <T>(work: () => Promise<T>) => {
    if (waiting >= MAX_WAITING) {
      throw fail('UNAVAILABLE', { internal: 'too many passwords to hash', retryAfterSeconds: 2 })
    }
    waiting += 1
    try {
      return await work()
    } finally {
      waiting -= 1
    }
  }
  const nobody = hash('nobody has this password', COST)
  return {
    hash: (password) => queued(() => hash(password, COST)),
    matches: (password, passwordHash) =>
      queued(async () => {
        const matched = await verify(passwordHash ?? (await nobody), password)
        return matched && passwordHash !== undefined
      }),
  }
}
