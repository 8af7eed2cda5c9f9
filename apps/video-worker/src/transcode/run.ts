import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { environmentOf, wrapperOf, type Places, type Sandbox } from './sandbox.ts'

const STDERR_KEPT = 4000
/** What `prlimit` exits with when the program could not be started. */
const NOT_STARTED = new Set([126, 127])
/** bubblewrap could not build the walls; the program was not started. */
const NO_WALLS = /^bwrap: /
/** bubblewrap exits with this and the number of the signal that ended the program. */
const ENDED_BY_SIGNAL = 128
/** A shortage of the machine, not a fault of the file. */
const SHORTAGE =
  /No space left on device|Cannot allocate memory|malloc of size \d+ failed|Resource temporarily unavailable|Too many open files/

const OUTPUTS = ['pipe', 'pipe'] as const
/** Behind the outputs. */
const STATUS_FD = 3
const CHILD_PID = /"child-pid": (\d+)/

/** Names on `path`, or absolute paths, and how they are shut in; made by `openPrograms`. */
export type Programs = { ffmpeg: string; ffprobe: string; path: string; sandbox: Sandbox }

export type RunOptions = Places & {
  signal?: AbortSignal
  /** Takes each line of standard output, which is not collected then. */
  onLine?: (line: string) => void
  /** Takes each line of the error output, of which those are kept that it returns true for. */
  onLog?: (line: string) => boolean
  /** The program is killed when it prints nothing for this long; left out: no such limit. */
  silenceMs?: number
  /** The program is killed when it runs for longer than this. */
  limitMs: number
}
export type RunResult = { exitCode: number; output: string; errors: string }

/** The child was ended from outside: by us for a stop, by a watchdog, or by the system. Worth another try. */
export class Interrupted extends Error {}

/** Shut in; its environment holds no secret, and it dies with us: the kernel ends it, however this process ends. */
function start(programs: Programs, name: 'ffmpeg' | 'ffprobe', args: string[], options: RunOptions) {
  const { path, sandbox } = programs
  const wrapper = wrapperOf(sandbox, { ...options, path, pid: process.pid, statusFd: STATUS_FD })
  const [command = '', ...rest] = [...wrapper, programs[name], ...args]
  const pipes = sandbox.kind === 'walls' ? [...OUTPUTS, 'pipe' as const] : OUTPUTS
  const child = spawn(command, rest, { stdio: ['ignore', ...pipes], env: environmentOf(path) })
  const [, stdout, stderr, status] = child.stdio
  if (!(stdout instanceof Readable && stderr instanceof Readable)) throw new Error('a child without outputs')
  return { child, stdout, stderr, inside: insideOf(status).catch(() => undefined) }
}
type Started = ReturnType<typeof start>

/**
 * Number of bubblewrap's first process within the walls, with which all that is in them ends. If bubblewrap itself were
 * killed while it builds them, what it has just begun would not hear of it, and go on.
 */
async function insideOf(status: unknown): Promise<number | undefined> {
  if (!(status instanceof Readable)) return undefined
  for await (const line of createInterface({ input: status })) {
    const said = CHILD_PID.exec(line)
    if (said !== null) return Number(said[1])
  }
  return undefined
}

/**
 * Runs a program by an argument array, shut in and within limits: of our files it sees what the options name. Rejects
 * when the machine is the reason that it did not end by itself or could not do its work; every other end is a result.
 */
export async function runProgram(
  programs: Programs,
  name: 'ffmpeg' | 'ffprobe',
  args: string[],
  options: RunOptions,
): Promise<RunResult> {
  options.signal?.throwIfAborted()
  const started = start(programs, name, args, options)
  const { child } = started
  const closed = exitOf(child)
  const limits = guard(started, options)
  try {
    const collected = collect(started, limits.alive, options)
    const exitCode = await closed
    const signal = child.signalCode ?? signalOf(exitCode)
    if (signal !== undefined || exitCode === null) {
      throw new Interrupted(`${name} was killed: ${limits.reason() ?? `by the system, ${signal}`}`)
    }
    if (NOT_STARTED.has(exitCode) || (exitCode !== 0 && NO_WALLS.test(collected.errors)))
      throw new Error(`${name} could not be started: ${collected.errors}`)
    if (exitCode !== 0 && SHORTAGE.test(collected.errors)) throw new Error(`${name}: ${collected.errors}`)
    return { exitCode, ...collected }
  } finally {
    limits.clear()
  }
}

const signalOf = (exitCode: number | null) =>
  Object.entries(constants.signals).find(([, number]) => ENDED_BY_SIGNAL + number === exitCode)?.[0]

async function exitOf(child: ChildProcess): Promise<number | null> {
  await once(child, 'close')
  return child.exitCode
}

/** Kills the child when it is told to stop, runs too long, or is silent for too long. */
function guard({ child, inside }: Started, { signal, limitMs, silenceMs }: RunOptions) {
  let reason: string | undefined
  const kill = (why: string) => () => {
    reason ??= why
    void inside.then((pid) => end(child, pid))
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

function end(child: ChildProcess, inside: number | undefined) {
  // Until then its number is its own.
  if (child.exitCode !== null || child.signalCode !== null) return
  if (inside === undefined) child.kill('SIGKILL')
  else
    try {
      process.kill(inside, 'SIGKILL')
    } catch {
      // It has just ended by itself.
    }
}

function collect({ stdout, stderr }: Started, alive: () => void, { onLine, onLog }: RunOptions) {
  const collected = { output: '', errors: '' }
  createInterface({ input: stdout }).on('line', (line) => {
    alive()
    if (onLine === undefined) collected.output += `${line}\n`
    else onLine(line)
  })
  const keep = (text: string) => {
    collected.errors = (collected.errors + text).slice(-STDERR_KEPT)
  }
  if (onLog === undefined) stderr.setEncoding('utf8').on('data', keep)
  else
    createInterface({ input: stderr }).on('line', (line) => {
      if (onLog(line)) keep(`${line}\n`)
    })
  return collected
}
