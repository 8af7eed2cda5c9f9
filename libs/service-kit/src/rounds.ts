import type { Logger } from 'pino'

export type RoundsOptions = {
  /** For the log. */
  name: string
  everyMs: number
  work: () => Promise<unknown>
  log: Pick<Logger, 'warn'>
}

const FIRST_BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 30_000

/** Full jitter, so that instances which failed together do not come back together. */
const backoffMs = (failures: number, everyMs: number) => {
  const limit = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failures, 10), LONGEST_BACKOFF_MS, everyMs)
  return limit / 2 + (Math.random() * limit) / 2
}

/**
 * Does `work` again and again, never twice at once: `everyMs` after the end of the last round, or sooner, with a
 * growing pause, after one that failed. `stop` resolves when the round under way has ended.
 */
export function startRounds({ name, everyMs, work, log }: RoundsOptions): { stop(): Promise<void> } {
  const stopping = Promise.withResolvers<void>()
  let stopped = false
  const wait = async (ms: number) => {
    const timeUp = Promise.withResolvers<void>()
    const timer = setTimeout(timeUp.resolve, ms)
    await Promise.race([timeUp.promise, stopping.promise])
    clearTimeout(timer)
  }
  const loop = async () => {
    let failures = 0
    for (;;) {
      await wait(failures === 0 ? everyMs : backoffMs(failures, everyMs))
      if (stopped) return
      try {
        await work()
        failures = 0
      } catch (error) {
        failures += 1
        log.warn({ err: error, name }, 'round failed, trying again')
      }
    }
  }
  const ended = loop()
  const stop = () => {
    stopped = true
    stopping.resolve()
    return ended
  }
  return { stop }
}

/** For a round's work: one item that fails does not keep the others, and the round has failed all the same. */
export async function workOnEach<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = []
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${items.length} failed`)
}
