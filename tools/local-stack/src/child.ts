import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { openSync, closeSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer, connect, type Server } from 'node:net'
import { endWithUs } from './guard.ts'
import { endLeftover, recordProcess } from './left-over.ts'
import { pause } from './pause.ts'
import { StackError } from './programs.ts'

const STOP_TIMEOUT_MS = 15_000

export type ChildSpec = {
  name: string
  program: string
  args: string[]
  logFile: string
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Holds the process id while it runs, so that the next start can end what a killed one left behind. */
  pidFile?: string
}
export type Child = {
  process: ChildProcess
  exited: Promise<string>
  stop(signal?: NodeJS.Signals): Promise<void>
}

/**
 * Starts a program in a process group of its own, so that Ctrl-C reaches only us and we stop things in order. It ends
 * with us, however we end.
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  if (spec.pidFile !== undefined) await endLeftover(spec.pidFile)
  const log = openSync(spec.logFile, 'a')
  const child = spawn(spec.program, spec.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: spec.env ?? process.env,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  })
  closeSync(log)
  const exited = exitOf(child)
  void exited.then(endWithUs(child))
  if (spec.pidFile !== undefined && child.pid !== undefined) await recordProcess(spec.pidFile, child.pid)
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGCONT')
      child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await exited
      clearTimeout(timer)
    }
    if (spec.pidFile !== undefined) await rm(spec.pidFile, { force: true })
  }
  return { process: child, exited, stop }
}

async function exitOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return code === null ? `was ended by ${signal}` : `ended with exit code ${code}`
  } catch (error) {
    return `could not be started: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Below those that systems lend to outgoing connections: one of these could take it before a server does. */
const LISTENED = { from: 20_000, to: 32_000 }
const BLOCK = 60
let block = { next: 0, end: 0 }

/**
 * Its server may start many seconds later, while other processes look for free ports as well: each gives out those of a
 * block of its own, one after another.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    if (block.next === block.end) block = await claimBlock()
    const port = block.next
    block.next += 1
    const server = await listenAt(port)
    if (server === undefined) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

/** The block is ours for as long as we listen at its first port, which is as long as we live. */
async function claimBlock() {
  for (;;) {
    const first = LISTENED.from + BLOCK * randomInt((LISTENED.to - LISTENED.from) / BLOCK)
    const claim = await listenAt(first)
    claim?.unref()
    if (claim !== undefined) return { next: first + 1, end: first + BLOCK }
  }
}

async function listenAt(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  )
}

export async function isPortTaken(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const taken = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return taken
}

/** Asks until the answer is yes. A sentence with the log's end when the process dies or time runs out. */
export async function untilReady(
  child: Child,
  spec: ChildSpec,
  seconds: number,
  ask: () => Promise<boolean>,
  signal?: AbortSignal,
) {
  const state: { exit?: string } = {}
  void child.exited.then((exit) => (state.exit = exit))
  const deadline = Date.now() + seconds * 1000
  while (!(await ask().catch(() => false))) {
    if (signal?.aborted === true) await child.stop()
    signal?.throwIfAborted()
    const died = state.exit
    if (died === undefined && Date.now() < deadline) {
      await pause(50)
      continue
    }
    await child.stop('SIGKILL')
    const why = died ?? `was not ready within ${seconds} s`
    throw new StackError(
      `${spec.name} ${why}. The end of its log (${spec.logFile}):\n${await tail(spec.logFile)}`,
    )
  }
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-8).join('\n')
}
