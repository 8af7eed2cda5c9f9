import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const STDERR_KEPT = 4000

export type RunOptions = {
  signal?: AbortSignal
  /** Each line of standard output. */
  onLine?: (line: string) => void
  /** The program is killed when it prints nothing for this long; left out: no such limit. */
  silenceMs?: number
  /** The program is killed when it runs for longer than this. */
  limitMs: number
}
export type RunResult = { exitCode: number | null; output: string; errors: string }

/** The child was ended from outside: by us for a stop, by a watchdog, or by the system. Worth another try. */
export class Interrupted extends Error {}

/** Its environment holds no secret, and it dies with us: the kernel kills it when this process ends, however that is. */
function start(program: string, args: string[]): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' }
  const [command, ...rest] = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', program] : [program]
  return spawn(command ?? program, [...rest, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
}

/** Runs a program by an argument array, within limits. Rejects with `Interrupted` when it did not end by itself. */
export async function runProgram(program: string, args: string[], options: RunOptions): Promise<RunResult> {
  options.signal?.throwIfAborted()
  const child = start(program, args)
  const kill = (why: string) => () => {
    reason = why
    child.kill('SIGKILL')
  }
  let reason = ''
  const onAbort = kill('asked to stop')
  options.signal?.addEventListener('abort', onAbort)
  const limit = setTimeout(kill(`ran longer than ${options.limitMs} ms`), options.limitMs)
  const silence = options.silenceMs ?? 0
  const watchdog = silence > 0 ? setTimeout(kill(`no progress for ${silence} ms`), silence) : undefined
  try {
    const output = collect(child, (line) => {
      watchdog?.refresh()
      options.onLine?.(line)
    })
    const [exitCode] = (await once(child, 'close')) as [number | null]
    if (exitCode === null) throw new Interrupted(`${program} was killed: ${reason || 'by the system'}`)
    return { exitCode, ...output }
  } finally {
    clearTimeout(limit)
    clearTimeout(watchdog)
    options.signal?.removeEventListener('abort', onAbort)
  }
}

function collect(child: ChildProcess, onLine: (line: string) => void) {
  const collected = { output: '', errors: '' }
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      collected.output += `${line}\n`
      onLine(line)
    })
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    collected.errors = (collected.errors + text).slice(-STDERR_KEPT)
  })
  return collected
}
