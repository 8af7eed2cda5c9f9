import { availableParallelism } from 'node:os'

/**
 * `walls`: bubblewrap gives each run a system of its own, without network, other processes or files that were not
 * named. `limits`: the kernel forbids that; resources are still bounded and no privilege can be gained. `none`: not Linux.
 */
export type SandboxKind = 'walls' | 'limits' | 'none'

/** How programs that touch files of strangers are shut in; made by `openPrograms`. Plain values. */
export type Sandbox = {
  kind: SandboxKind
  /** bubblewrap, on PATH or by its full path. */
  bwrap: string
  /** Arguments of bubblewrap that show the system's programs and libraries, read-only. */
  system: string[]
  /** Arguments of bubblewrap that let a GPU be used. CUDA reserves more memory than a limit could allow. */
  devices: string[]
  /** Private memory that one program may take. */
  memoryLimitMib: number
  /** The largest file that one program may write. */
  fileLimitMib: number
}

/** What a program may touch of the worker's files: by default nothing. */
export type Places = {
  /** Files and folders that it may read, by full path; inside they have the same path. */
  reads?: string[]
  /** The one folder that it may write, by full path. It may read there too. */
  writes?: string
}

const OPEN_FILES = 1024

/**
 * The limits of the kernel. CPU time is the wall-clock limit on all cores: where our own watchdog cannot act, as this
 * process is frozen, the kernel still ends what runs. `data` counts memory that is written to, not what an allocator
 * reserves for each thread, of which there are many on a large machine.
 */
function limitsOf({ memoryLimitMib, fileLimitMib, devices }: Sandbox, limitMs: number): string[] {
  const cpuSeconds = Math.ceil(limitMs / 1000) * availableParallelism()
  const memory = devices.length > 0 ? [] : [`--data=${memoryLimitMib * 2 ** 20}`]
  const file = `--fsize=${fileLimitMib * 2 ** 20}`
  return ['prlimit', '--core=0', `--nofile=${OPEN_FILES}`, `--cpu=${cpuSeconds}`, file, ...memory]
}

/** Outer folders first, so that what lies in them is mounted over them. */
function mountsOf({ reads = [], writes }: Places): string[] {
  const places = reads.map((path) => ({ path, how: '--ro-bind' }))
  if (writes !== undefined) places.push({ path: writes, how: '--bind' })
  return places
    .toSorted((a, b) => a.path.length - b.path.length)
    .flatMap(({ path, how }) => [how, path, path])
}

const walls =
  '--unshare-all --die-with-parent --new-session --clearenv --cap-drop ALL --chdir / --dev /dev --remount-ro /dev'

/** The environment of a program: nothing that the worker was told. */
export const environmentOf = (path: string) => ({ PATH: path, LC_ALL: 'C' })

export type Start = Places & {
  path: string
  limitMs: number
  /** Of the process that starts it: this one. */
  pid: number
  /** On which bubblewrap says what it began. */
  statusFd?: number
}

/**
 * From here on the program dies with its parent. One whose parent died before that is ended: its parent is another by now.
 */
const bound = (pid: number, rights: string[]) => [
  ...['setpriv', '--pdeathsig', 'KILL', ...rights],
  ...['sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', `${pid}`],
]

/**
 * What is put before a program so that it runs shut in. However it is ended, and also when this process dies, nothing
 * of it goes on.
 */
export function wrapperOf(sandbox: Sandbox, { path, limitMs, pid, statusFd, ...places }: Start): string[] {
  if (sandbox.kind === 'none') return []
  const limits = limitsOf(sandbox, limitMs)
  if (sandbox.kind === 'limits') return [...bound(pid, ['--no-new-privs']), ...limits]
  return [
    ...bound(pid, []),
    sandbox.bwrap,
    ...walls.split(' '),
    ...(statusFd === undefined ? [] : ['--json-status-fd', `${statusFd}`]),
    ...Object.entries(environmentOf(path)).flatMap(([name, value]) => ['--setenv', name, value]),
    ...sandbox.system,
    ...sandbox.devices,
    ...mountsOf(places),
    ...['--remount-ro', '/', '--'],
    ...limits,
  ]
}
