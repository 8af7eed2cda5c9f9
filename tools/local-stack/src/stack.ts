import { appNames, apps, urlVariable, type AppName, type Need } from '@aetherlearn/contracts/system'
import { startApp, type RunningApp } from './app-process.ts'
import { adminEmail, demoPassword, seedDemo } from './demo.ts'
import { endLeftovers } from './left-over.ts'
import { StackError } from './programs.ts'
import { loadSecrets } from './secrets.ts'
import {
  choosePort,
  chooseStorePorts,
  portFrom,
  startStores,
  type PortChoice,
  type Stores,
} from './stores.ts'
import { buildWeb } from './web-build.ts'

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
  const { home, ports, log, signal } = options
  const names = options.apps === undefined ? appNames.filter((name) => apps[name].port) : options.apps
  await endLeftovers(home)
  const urls = await chooseUrls(names, ports)
  const needs = new Set<Need>(names.flatMap((name) => apps[name].needs))
  const storesAt = await chooseStorePorts(ports, needs)
  const secrets = await loadSecrets(home)
  const [stores, webFolder] = await storesAndWeb(
    startStores({ home, ports: storesAt, needs, say: log }),
    names.includes('gateway') ? buildWeb(log) : Promise.resolve(''),
  )
  const running: RunningApp[] = []
  const stop = async () => {
    await stopInOrder(running)
    await stores.stop()
  }
  const env = {
    ...stores.env,
    MEDIA_SECRET: secrets.mediaSecret,
    ...demoAdmin(options),
    WEB_FOLDER: webFolder,
    ...options.env,
  }
  try {
    signal?.throwIfAborted()
    const starts = names.map(async (name) => {
      const watch = options.watch?.includes(name) ?? false
      running.push(await startApp({ name, home, urls, env: only(name, env), watch, signal }))
    })
    await settle(starts)
    const died = Promise.race(running.map(sentenceOnDeath))
    const gatewayUrl = urls['gateway'] ?? ''
    if (options.seed === true && gatewayUrl !== '') {
      await Promise.race([seedDemo({ gatewayUrl, home, say: log, signal }), failOn(died)])
    }
    const addresses = {
      mongoUrl: stores.env['MONGO_URL'] ?? '',
      redisStateUrl: stores.env['REDIS_STATE_URL'] ?? '',
    }
    return { home, urls, gatewayUrl, ...addresses, app: (name) => find(running, name), stores, died, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Without the demo there is no account with a password that everyone knows. */
const demoAdmin = ({ seed }: StackOptions): Record<string, string> =>
  seed === false ? {} : { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: demoPassword }

/** Both, or an error with the stores stopped again. */
async function storesAndWeb(starting: Promise<Stores>, building: Promise<string>): Promise<[Stores, string]> {
  const [stores, web] = await Promise.allSettled([starting, building])
  if (stores.status === 'rejected') throw stores.reason
  if (web.status === 'fulfilled') return [stores.value, web.value]
  await stores.value.stop()
  throw web.reason
}

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

/** Secrets go to the one app that they are for. */
function only(name: AppName, env: Record<string, string>): Record<string, string> {
  const owners: Record<string, AppName> = {
    MEDIA_SECRET: 'course-service',
    ADMIN_EMAIL: 'identity-service',
    ADMIN_PASSWORD: 'identity-service',
    WEB_FOLDER: 'gateway',
  }
  const mayStore = apps[name].needs.includes('objects')
  const allowed = ([key]: [string, string]) =>
    (owners[key] ?? name) === name && (mayStore || !key.startsWith('S3_'))
  return Object.fromEntries(Object.entries(env).filter(allowed))
}

/** Waits for all, so that what started late can be stopped too, then throws the first failure. */
async function settle(starts: Promise<void>[]) {
  const results = await Promise.allSettled(starts)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

function find(running: RunningApp[], name: AppName): RunningApp {
  const app = running.find((candidate) => candidate.name === name)
  if (app === undefined) throw new Error(`${name} is not part of this stack`)
  return app
}
