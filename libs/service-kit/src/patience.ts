import { setTimeout as pause } from 'node:timers/promises'

const FIRST_PAUSE_MS = 25
const MAX_WAITING = 1000

export type Patience = <T>(ask: () => Promise<T | undefined>) => Promise<T | undefined>

/**
 * Asks again for at most `waitMs` before it takes "no such thing" for an answer: what the caller did in another
 * service a moment ago may still be on its way to us as an event. Beyond a thousand waiting calls nobody waits.
 */
export function createPatience(waitMs: number): Patience {
  let waiting = 0
  return async (ask) => {
    const first = await ask()
    if (first !== undefined || waiting >= MAX_WAITING) return first
    const deadline = Date.now() + waitMs
    waiting += 1
    try {
      for (let ms = FIRST_PAUSE_MS; Date.now() + ms <= deadline; ms *= 2) {
        await pause(ms)
        const answer = await ask()
        if (answer !== undefined) return answer
      }
      return undefined
    } finally {
      waiting -= 1
    }
  }
}
