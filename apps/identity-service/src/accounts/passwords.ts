import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { fail } from '@aetherlearn/service-kit/errors'

/** OWASP Password Storage Cheat Sheet: Argon2id (the library's default), 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** Who would wait longer for a free core is told at once, as the request would miss its time anyway. */
const MAX_WAIT_MS = 1200

export type Passwords = {
  hash(password: string): Promise<string>
  /** Costs the same time where there is no hash to compare with. */
  matches(password: string, passwordHash: string | undefined): Promise<boolean>
}

export function createPasswords(): Passwords {
  const inTurn = createTurns(availableParallelism())
  const nobody = hash('nobody has this password', COST)
  return {
    hash: (password) => inTurn(() => hash(password, COST)),
    matches: (password, passwordHash) =>
      inTurn(async () => {
        const matched = await verify(passwordHash ?? (await nobody), password)
        return matched && passwordHash !== undefined
      }),
  }
}

/** Runs `slots` pieces of work at a time, the others in the order they came, none after waiting too long. */
function createTurns(slots: number) {
  const waiting: (() => void)[] = []
  let running = 0
  const startNext = () => {
    while (running < slots) {
      const next = waiting.shift()
      if (next === undefined) return
      running += 1
      next()
    }
  }
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const { promise: turn, resolve: start } = Promise.withResolvers<void>()
    const since = performance.now()
    waiting.push(start)
    startNext()
    await turn
    try {
      if (performance.now() - since > MAX_WAIT_MS) {
        throw fail('UNAVAILABLE', { internal: 'too many passwords to hash', retryAfterSeconds: 2 })
      }
      return await work()
    } finally {
      running -= 1
      startNext()
    }
  }
}
