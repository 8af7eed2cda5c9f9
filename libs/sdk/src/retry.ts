import { ApiError } from './client.ts'

export type RetryOptions = {
  signal?: AbortSignal | undefined
  /** Tries in all, the first one included. */
  attempts?: number | undefined
  /** Waits that many milliseconds; throws when `signal` is aborted meanwhile. */
  wait?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined
}

const ATTEMPTS = 8
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000

/** Whether trying again may help: the network, the server's own trouble, a full bucket, or bytes damaged on the way. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ApiError) {
    const { status, code } = error
    // A full disk (507) or quota is not emptied by waiting half a minute.
    if (status === 507 || code === 'QUOTA_EXCEEDED') return false
    return status >= 500 || status === 429 || code === 'CHECKSUM_MISMATCH'
  }
  // What fetch throws when there is no answer, in browsers and in Node.
  return error instanceof TypeError
}

/** Milliseconds before try number `attempt` (1 is the second try): doubled each time, half of it random. */
export function backoff(attempt: number, retryAfterSeconds = 0, random = Math.random()): number {
  const full = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS)
  return Math.max(full / 2 + (full / 2) * random, retryAfterSeconds * 1000)
}

/** Runs `work` until it succeeds, fails for good, or has been tried often enough; then throws its last error. */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  const { signal, attempts = ATTEMPTS, wait = pause } = options
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted()
    try {
      return await work(attempt)
    } catch (error) {
      if (signal?.aborted || attempt >= attempts || !mayPass(error)) throw error
      await wait(backoff(attempt, error instanceof ApiError ? error.retryAfterSeconds : 0), signal)
    }
  }
}

const pause = (milliseconds: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
