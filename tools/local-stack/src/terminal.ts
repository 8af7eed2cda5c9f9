import { StackError } from './programs.ts'

export const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Resolves when the person at the terminal, or the system, asks us to stop. */
export function onStop(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(undefined))
  return promise
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
