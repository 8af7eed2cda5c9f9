import { appNames, apps, urlVariable, type AppName, type Need } from '@aetherlearn/contracts/system'
import { startApp, type RunningApp } from './app-process.ts'
import { adminEmail, demoPassword, seedDemo } from './demo.ts'
import { claimHome } from './left-over.ts'
import { StackError } from './programs.ts'
import { demoFiles } from './sample-video.ts'
import { loadSecrets } from './secrets.ts'
import {
  choosePort,
  chooseStorePorts,
  portFrom,
  startStores,
  type PortChoice,
  type Stores,
} from './stores.ts'
import { buildWeb, webFolder } from './web-build.ts'

export type StackOptions = {
  home: string
  ports: PortChoice
  /** Left out: all of them. */
  apps?: AppName[]
  seed?: boolean
  watch?: AppName[]
  /** More environment for every app: settings that a test wants otherwise. */
  env?: Record<string, string>
  /** Breaks off a start: what is up by then is stopped, and the start fails with the signal's reason. */
  signal?: AbortSignal
  log: (line: string) => void
}
export type Stack = {
  home: string
  urls: Record<string, string>
  gatewayUrl: string
  mongoUrl: string
  redisStateUrl: string
  app(name: AppName): RunningApp
  stores: Stores
  /** Resolves with a sentence when an app ends that nobody asked to end. */
  died: Promise<string>
  stop(): Promise<void>
}

/** The apps named, and those they call, to the last. */
export function withTheirCalls(names: AppName[]): AppName[] {
  const wanted = new Set<string>()
  const add = (name: string) => {
    const known = appNames.find((app) => app === name)
    if (known === undefined || wanted.has(known)) return
    wanted.add(known)
    apps[known].calls.forEach(add)
  }
  names.forEach(add)
  return appNames.filter((name) => wanted.has(name) && apps[name].port !== undefined)
}

/** The setting for an app's port: `PORT` of the gateway, `COURSE_SERVICE_PORT`. */
const portVariable = (name: AppName) =>
  name === 'gateway' ? 'PORT' : urlVariable(name).replace(/URL$/, 'PORT')

async function chooseUrls(names: AppName[], ports: PortChoice): Promise<Record<string, string>> {
  const urls: Record<string, string> = {}
  for (const name of names) {
    const setting = portVariable(name)
    const port = await choosePort(ports, portFrom(setting, apps[name].port ?? 0), name, setting)
    urls[name] = `http://127.0.0.1:${port}`
  }
  return urls
}

/** Brings up stores and apps, waits until all are ready, and seeds the demo where asked. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const unclaim = await claimHome(options.home)
  const started: Started = { apps: [], stop: async () => {} }
  const stop = async () => {
    await stopInOrder(started.apps)
    await started.stop()
    await unclaim()
  }
  // What fails first breaks off all the rest, as Ctrl-C does.
  const broken = new AbortController()
  const signal = AbortSignal.any([broken.signal, ...(options.signal === undefined ? [] : [options.signal])])
  const works: Promise<unknown>[] = []
  const alongside = <T>(work: Promise<T>): Promise<T> => {
    works.push(work)
    work.catch((error: unknown) => broken.abort(error))
    return work
  }
  try {
    return await bringUp({ ...options, signal }, { started, stop, alongside })
  } catch (error) {
    broken.abort(error)
    await Promise.allSettled(works)
    await stop()
    signal.throwIfAborted()
    throw error
  }
}

type Started = { apps: RunningApp[]; stop(): Promise<void> }
type Start = {
  /** What is up so far. */
  started: Started
  stop(): Promise<void>
  /** For work that runs beside the rest; its failure is that of the start. */
  alongside<T>(work: Promise<T>): Promise<T>
}

async function bringUp(options: StackOptions & { signal: AbortSignal }, start: Start): Promise<Stack> {
  const { home, ports, log: say, signal } = options
  const { started, stop, alongside } = start
  const names = options.apps === undefined ? appNames.filter((name) => apps[name].port) : options.apps
  const urls = await chooseUrls(names, ports)
  const needs = new Set<Need>(names.flatMap((name) => apps[name].needs))
  const storesAt = await chooseStorePorts(ports, needs)
  const secrets = await loadSecrets(home)
  const gatewayUrl = urls['gateway'] ?? ''
  // Stores and apps mostly wait while they start.
  const webBuilt = gatewayUrl === '' ? undefined : alongside(buildWeb(say, signal))
  const seeds = options.seed === true && gatewayUrl !== ''
  const files = seeds ? alongside(demoFiles({ home, say, signal })) : undefined
  const stores = await startStores({ home, ports: storesAt, needs, say, signal })
  started.stop = stores.stop
  const env = {
    ...stores.env,
    MEDIA_SECRET: secrets.mediaSecret,
    ...demoAdmin(options),
    WEB_FOLDER: webFolder,
    ...options.env,
  }
  const startOne = async (name: AppName) => {
    const watch = options.watch?.includes(name) ?? false
    started.apps.push(await startApp({ name, home, urls, env, watch, signal }))
  }
  await Promise.all(names.map((name) => alongside(startOne(name))))
  const died = Promise.race(started.apps.map(sentenceOnDeath))
  const seeding = files === undefined ? undefined : seedDemo({ gatewayUrl, files, say, signal })
  await Promise.race([Promise.all([seeding, webBuilt]), failOn(died)])
  const addresses = {
    mongoUrl: stores.env['MONGO_URL'] ?? '',
    redisStateUrl: stores.env['REDIS_STATE_URL'] ?? '',
  }
  const app = (name: AppName) => find(started.apps, name)
  return { home, urls, gatewayUrl, ...addresses, app, stores, died, stop }
}

/** Without the demo there is no account with a password that everyone knows. */
const demoAdmin = ({ seed }: StackOptions): Record<string, string> =>
  seed === false ? {} : { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: demoPassword }

const sentenceOnDeath = async (app: RunningApp) => `${app.name} ${await app.died}. Its log: ${app.logFile}`

async function failOn(died: Promise<string>): Promise<never> {
  throw new StackError(await died)
}

/** Callers before those they call, so that what is on its way can still end. */
async function stopInOrder(running: RunningApp[]) {
  let left = running
  while (left.length > 0) {
    const called = new Set(left.flatMap(({ name }) => apps[name].calls))
    const uncalled = left.filter(({ name }) => !called.has(name))
    const next = uncalled.length > 0 ? uncalled : left
    await Promise.all(next.map((app) => app.stop()))
    left = left.filter((app) => !next.includes(app))
  }
}

function find(running: RunningApp[], name: AppName): RunningApp {
  const app = running.find((candidate) => candidate.name === name)
  if (app === undefined) throw new Error(`${name} is not part of this stack`)
  return app
}
