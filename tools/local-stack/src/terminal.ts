import { StackError } from './programs.ts'

// A closed terminal or pipe must not keep us from stopping what we started.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

export const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Aborted when the person at the terminal, or the system, asks us to stop. */
export function onStop(): AbortSignal {
  const asked = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => asked.abort())
  return asked.signal
}

/** Resolves when `signal` is aborted. */
export function whenAsked(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  if (signal.aborted) resolve(undefined)
  else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  return promise
}

/** What `starting` gives; nothing when it was broken off because we were asked to stop. */
export function unlessAsked<T>(signal: AbortSignal, starting: Promise<T>): Promise<T | undefined> {
  return starting.catch((error: unknown) => {
    if (signal.aborted) return undefined
    throw error
  })
}

/** Ends the process with the code, or with a sentence and 1; a stack only for what we did not foresee. */
export function exitWith(work: Promise<number>) {
  work.then(
    (code) => process.exit(code),
    (error: unknown) => {
      const text =
        error instanceof StackError ? error.message : error instanceof Error ? error.stack : String(error)
      process.stderr.write(`${text}\n`)
      process.exit(1)
    },
  )
}
