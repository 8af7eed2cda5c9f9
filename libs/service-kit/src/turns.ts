import { fail } from './errors.ts'

/** Who has waited this long would not get an answer in time, so their work is not begun. */
const PATIENCE_MS = 1200

export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>

/**
 * Work with the same key runs one at a time in this process, in the order in which it came. Transactions on the same
 * document would otherwise fight, run again, and some would never come through. Work that has waited too long is refused
 * with UNAVAILABLE and has done nothing.
 */
export function createTurns(options: { patienceMs?: number; now?: () => number } = {}): Turns {
  const { patienceMs = PATIENCE_MS, now = () => performance.now() } = options
  const lastOf = new Map<string, Promise<void>>()
  return (key, work) => {
    const cameAt = now()
    const before = lastOf.get(key) ?? Promise.resolve()
    const mine = before.then(() => {
      if (now() - cameAt <= patienceMs) return work()
      throw fail('UNAVAILABLE', { internal: `waited too long for a turn at ${key}`, retryAfterSeconds: 1 })
    })
    const over: Promise<void> = mine.then(
      () => leave(),
      () => leave(),
    )
    const leave = () => {
      if (lastOf.get(key) === over) lastOf.delete(key)
    }
    lastOf.set(key, over)
    return mine
  }
}
