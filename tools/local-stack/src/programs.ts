import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A sentence for the person at the terminal: what is missing and what to do. Ends the command with exit code 1. */
export class StackError extends Error {}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** The full path of a program on PATH. */
export async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    if (folder !== '' && (await isExecutable(path))) return path
  }
  return undefined
}

export type SystemProgram = { name: string; debianPackage: string; setting: string }

/** A program of the system: by its setting, on PATH, or installed by apt where we may. */
export async function findProgram(program: SystemProgram, say: (line: string) => void): Promise<string> {
  const { name, debianPackage, setting } = program
  const given = process.env[setting]
  if (given !== undefined && given !== '') {
    if (await isExecutable(given)) return given
    throw new StackError(`${setting} is ${given}, which is no program that can be run.`)
  }
  const found = await onPath(name)
  if (found !== undefined) return found
  const sudo = await mayInstall()
  if (sudo !== undefined) {
    const { failed, installed } = await inTurn(async () => {
      const meanwhile = await onPath(name)
      if (meanwhile !== undefined) return { failed: '', installed: meanwhile }
      say(`Installing ${debianPackage} with apt-get, as ${name} is not on this machine.`)
      return { failed: await installPackage(sudo, debianPackage), installed: await onPath(name) }
    })
    if (installed !== undefined) return installed
    throw new StackError(
      `apt-get could not install ${debianPackage}: ${failed}. Install ${name} or set ${setting}.`,
    )
  }
  throw new StackError(
    `${name} is missing. Install it (on Debian: apt-get install ${debianPackage}) or set ${setting}.`,
  )
}

let turn: Promise<unknown> = Promise.resolve()
/** apt-get refuses to run twice at a time. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work)
  turn = mine
  return mine
}

/** How to run apt-get here: directly as root, by passwordless sudo, or not at all. */
async function mayInstall(): Promise<string[] | undefined> {
  if ((await onPath('apt-get')) === undefined) return undefined
  if (process.getuid?.() === 0) return []
  const sudo = await run('sudo', ['-n', 'true']).catch(() => undefined)
  return sudo === undefined ? undefined : ['sudo', '-n']
}

async function installPackage(sudo: string[], name: string): Promise<string> {
  const apt = async (...args: string[]) => {
    const [program = '', ...rest] = [...sudo, 'apt-get', '-qq', ...args]
    await run(program, rest, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 2 ** 26,
    })
  }
  try {
    await apt('update')
    await apt('install', '-y', '--no-install-recommends', name)
    return ''
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return text.trim().split('\n').at(-1) ?? ''
  }
}
