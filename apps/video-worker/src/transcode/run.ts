import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const STDERR_KEPT = 4000
/** What `setpriv` exits with when the program could not be started. */
const NOT_STARTED = new Set([126, 127])
/** A shortage of the machine, not a fault of the file. */
const SHORTAGE =
  /No space left on device|Cannot allocate memory|Resource temporarily unavailable|Too many open files/

/** Names on `path`, or absolute paths. */
export type Programs = { ffmpeg: string; ffprobe: string; path: string }

export type RunOptions = {
  signal?: AbortSignal
  /** Takes each line of standard output, which is not collected then. */
  onLine?: (line: string) => void
  /** The program is killed when it prints nothing for this long; left out: no such limit. */
  silenceMs?: number
  /** The program is killed when it runs for longer than this. */
  limitMs: number
}
export type RunResult = { exitCode: number; output: string; errors: string }

/** The child was ended from outside: by us for a stop, by a watchdog, or by the system. Worth another try. */
export class Interrupted extends Error {}

/** Its environment holds no secret, and it dies with us: the kernel kills it when this process ends, however that is. */
function start(command: string, args: string[], path: string) {
  const bound = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', command] : [command]
  const [program = command, ...rest] = bound
  const env = { PATH: path, LC_ALL: 'C' }
  return spawn(program, [...rest, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
}

/**
 * Runs a program by an argument array, within limits. Rejects when the machine is the reason that it did not end by
 * itself or could not do its work; every other end is a result.
 */
export async function runProgram(
  programs: Programs,
  name: 'ffmpeg' | 'ffprobe',
  args: string[],
  options: RunOptions,
): Promise<RunResult> {
  options.signal?.throwIfAborted()
  const child = start(programs[name], args, programs.path)
  const closed = exitOf(child)
  const limits = guard(child, options)
  try {
    const collected = collect(child, limits.alive, options.onLine)
    const exitCode = await closed
    if (exitCode === null) throw new Interrupted(`${name} was killed: ${limits.reason() ?? 'by the system'}`)
    if (NOT_STARTED.has(exitCode)) throw new Error(`${name} could not be started: ${collected.errors}`)
    if (exitCode !== 0 && SHORTAGE.test(collected.errors)) throw new Error(`${name}: ${collected.errors}`)
    return { exitCode, ...collected }
  } finally {
    limits.clear()
  }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  await once(child, 'close')
  return child.exitCode
}

/** Kills the child when it is told to stop, runs too long, or is silent for too long. */
function guard(child: ChildProcess, { signal, limitMs, silenceMs }: RunOptions) {
  let reason: string | undefined
  const kill = (why: string) => () => {
    reason ??= why
    child.kill('SIGKILL')
  }
  const onAbort = kill('asked to stop')
  signal?.addEventListener('abort', onAbort)
  const limit = setTimeout(kill(`ran longer than ${limitMs} ms`), limitMs)
  const silence =
    silenceMs === undefined
      ? undefined
      : setTimeout(kill(`no sign of progress for ${silenceMs} ms`), silenceMs)
  return {
    reason: () => reason,
    alive: () => silence?.refresh(),
    clear: () => {
      clearTimeout(limit)
      clearTimeout(silence)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

function collect(child: ReturnType<typeof start>, alive: () => void, onLine?: (line: string) => void) {
  const collected = { output: '', errors: '' }
  createInterface({ input: child.stdout }).on('line', (line) => {
    alive()
    if (onLine === undefined) collected.output += `${line}\n`
    else onLine(line)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    collected.errors = (collected.errors + text).slice(-STDERR_KEPT)
  })
  return collected
}

/** Throws a sentence when ffmpeg or ffprobe is missing: better at the start than at the first video. */
export async function assertPrograms(programs: Programs): Promise<void> {
  for (const name of ['ffmpeg', 'ffprobe'] as const) {
    const { exitCode } = await runProgram(programs, name, ['-version'], { limitMs: 10_000 })
    if (exitCode !== 0) throw new Error(`${programs[name]} does not run: exit code ${exitCode}`)
  }
}
