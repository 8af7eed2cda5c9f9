import { setTimeout as pause } from 'node:timers/promises'

/** What the system says a moment later: events, pages and stores follow each other. Told is what was wrong the last time. */
export async function soon(assertion: () => Promise<void>, limitMs = 15_000) {
  for (const deadline = Date.now() + limitMs; ; await pause(100)) {
    try {
      return await assertion()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
