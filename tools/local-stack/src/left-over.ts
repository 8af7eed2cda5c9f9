import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { glob, link, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pause } from './pause.ts'
import { StackError } from './programs.ts'

const END_TIMEOUT_MS = 15_000

/**
 * Notes which process runs, and for whom, so that the next start can end what a killed run left behind. The note is there
 * as a whole or not at all: one that is read while it is empty would pass for that of nobody.
 */
export async function recordProcess(pidFile: string, pid: number, flag: 'w' | 'wx' = 'w') {
  const births = await Promise.all([birthOf(pid), birthOf(process.pid)])
  const draft = `${pidFile}-${randomUUID()}`
  await writeFile(draft, `${pid} ${process.pid}\n${births.join('\n')}\n`)
  if (flag === 'w') return rename(draft, pidFile)
  // Unlike a renaming it fails where there is one already.
  await link(draft, pidFile).finally(() => rm(draft))
}

/**
 * Makes `home` ours and ends what a killed run left there; a sentence when a run that is alive has it. Gives the way to
 * let go of it.
 */
export async function claimHome(home: string): Promise<() => Promise<void>> {
  await mkdir(home, { recursive: true })
  const claim = join(home, 'run.claim')
  await endLeftover(claim)
  await recordProcess(claim, process.pid, 'wx').catch(async (error: unknown) => {
    // Another start was faster.
    await endLeftover(claim)
    throw error
  })
  const letGo = () => rm(claim, { force: true })
  await endLeftovers(home).catch(async (error: unknown) => {
    await letGo()
    throw error
  })
  return letGo
}

/** Ends every process of `home` that a killed run left behind; a sentence when that run is still at work. */
async function endLeftovers(home: string) {
  const files = glob(['logs/*.pid', 'data/*/*.pid'], { cwd: home })
  for await (const file of files) await endLeftover(join(home, file))
}

export async function endLeftover(pidFile: string) {
  const note = await readFile(pidFile, 'utf8').catch(() => undefined)
  // What has come since then is somebody's who is alive.
  if (note === undefined) return
  const [numbers = '', birth = '', birthOfOwner = ''] = note.split('\n')
  const [pid = 0, owner = 0] = numbers.split(' ').map(Number)
  if (await isRunning(pid, birth)) {
    if (await isRunning(owner, birthOfOwner)) {
      throw new StackError(
        `Process ${owner} is running AetherLearn on this data already (${pidFile}). Stop it, or set AETHERLEARN_HOME to another folder.`,
      )
    }
    await killGroup(pid, birth)
  }
  await rm(pidFile, { force: true })
}

/** When a process began: its number alone may belong to another one by now. Empty when there is none. */
async function birthOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return process.platform === 'linux' ? '' : birthByPs(pid)
  // proc(5): the name, in brackets, may hold anything; state is the next field, the start time the 20th after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' && (await threadsOf(pid)) <= 1) return ''
  return fields[19] ?? ''
}

/** A killed process is a zombie at once, but holds its ports until the last of its threads is gone. */
const threadsOf = (pid: number) =>
  readdir(`/proc/${pid}/task`).then(
    (threads) => threads.length,
    () => 0,
  )

async function birthByPs(pid: number): Promise<string> {
  const ps = promisify(execFile)('ps', ['-o', 'lstart=', '-p', `${pid}`])
  return ps.then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
}

const isRunning = async (pid: number, birth: string) =>
  pid > 1 && birth !== '' && (await birthOf(pid)) === birth

/** Each leads a group of its own, with what it started in turn. */
async function killGroup(pid: number, birth: string) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself at this moment.
  }
  const deadline = Date.now() + END_TIMEOUT_MS
  while (Date.now() < deadline && (await isRunning(pid, birth))) await pause(20)
}
