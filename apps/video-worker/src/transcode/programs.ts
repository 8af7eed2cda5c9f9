import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import { runProgram, type Programs } from './run.ts'
import type { Sandbox, SandboxKind } from './sandbox.ts'

/** `auto`: bubblewrap where the kernel lets us, else limits and a warning. `off`: limits, without a word. */
export type SandboxMode = 'auto' | 'required' | 'off'

export type ProgramSettings = {
  /** Names on `path`, or absolute paths. */
  ffmpeg: string
  ffprobe: string
  bwrap: string
  path: string
  mode: SandboxMode
  memoryLimitMib: number
  fileLimitMib: number
}

const TRY_LIMIT_MS = 10_000
/** Where they exist: links into /usr on today's systems, folders of their own on older ones. */
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']
/** Where Debian's choice among libraries stands, and where the loader finds them. */
const SYSTEM_FILES = ['/etc/alternatives', '/etc/ld.so.cache']

const fallback =
  'files of strangers are read without a sandbox: what still holds is an empty environment, no new privileges, limits ' +
  'of memory, time and file size, and the network policy of the pod'

/**
 * Tries ffmpeg and ffprobe, shut in as well as this machine allows. Throws a sentence when they do not run: better at
 * the start than at the first video.
 */
export async function openPrograms(
  settings: ProgramSettings,
  warn: (reason: string, message: string) => void,
): Promise<Programs> {
  const shutIn = async (kind: SandboxKind) => {
    const programs = await describe(settings, kind)
    await assertRun(programs)
    return programs
  }
  if (process.platform !== 'linux' && settings.mode !== 'required') return shutIn('none')
  if (settings.mode === 'off') return shutIn('limits')
  try {
    return await shutIn('walls')
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error)
    if (settings.mode === 'required') {
      throw new Error(`SANDBOX is required, and bubblewrap does not run here: ${reason}`, { cause: error })
    }
    const programs = await shutIn('limits')
    warn(reason, fallback)
    return programs
  }
}

/** The same programs with the GPU in reach. Its driver reads /proc and /sys, which nothing else gets to see. */
export async function withGpu(programs: Programs): Promise<Programs> {
  const names = (await readdir('/dev')).filter((name) => name.startsWith('nvidia'))
  const files = names.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`])
  const devices = [...files, '--proc', '/proc', '--ro-bind', '/sys', '/sys']
  return { ...programs, sandbox: { ...programs.sandbox, devices } }
}

async function describe(settings: ProgramSettings, kind: SandboxKind): Promise<Programs> {
  const { path, bwrap, memoryLimitMib, fileLimitMib } = settings
  const [ffmpeg, ffprobe] = [await fullPath(settings.ffmpeg), await fullPath(settings.ffprobe)]
  const system = kind === 'walls' ? await systemOf([ffmpeg, ffprobe]) : []
  const sandbox: Sandbox = { kind, bwrap, system, devices: [], memoryLimitMib, fileLimitMib }
  return { ffmpeg, ffprobe, path, sandbox }
}

/** Where an absolute path leads: the links on the way are not seen inside. */
const fullPath = async (program: string) =>
  isAbsolute(program) ? realpath(program).catch(() => program) : program

async function systemOf(programs: string[]): Promise<string[]> {
  const mounts = ['--ro-bind', '/usr', '/usr']
  for (const path of SYSTEM_FOLDERS) {
    const found = await lstat(path).catch(() => undefined)
    if (found === undefined) continue
    mounts.push(
      ...(found.isSymbolicLink() ? ['--symlink', await readlink(path), path] : ['--ro-bind', path, path]),
    )
  }
  for (const path of SYSTEM_FILES) mounts.push('--ro-bind-try', path, path)
  const elsewhere = programs.filter((name) => isAbsolute(name) && !name.startsWith('/usr/'))
  for (const folder of new Set(elsewhere.map(dirname))) mounts.push('--ro-bind-try', folder, folder)
  return mounts
}

async function assertRun(programs: Programs): Promise<void> {
  for (const name of ['ffmpeg', 'ffprobe'] as const) {
    const { exitCode, errors } = await runProgram(programs, name, ['-version'], { limitMs: TRY_LIMIT_MS })
    if (exitCode !== 0) throw new Error(`${programs[name]} does not run: exit code ${exitCode} ${errors}`)
  }
}
