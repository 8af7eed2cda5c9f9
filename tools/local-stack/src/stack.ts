import { appNames, apps, urlVariable, type AppName, type Need } from '@aetherlearn/contracts/system'
import { startApp, type RunningApp } from './app-process.ts'
import { adminEmail, demoPassword, seedDemo } from './demo.ts'
import { loadSecrets } from './secrets.ts'
import { choosePort, startStores, type PortChoice, type Stores } from './stores.ts'
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

async function chooseUrls(names: AppName[], ports: PortChoice): Promise<Record<string, string>> {
  const urls: Record<string, string> = {}
  for (const name of names) {
    const setting = name === 'gateway' ? 'PORT' : urlVariable(name).replace(/URL$/, 'PORT')
    const wanted = Number(process.env[setting] ?? '') || (apps[name].port ?? 0)
    urls[name] = `http://127.0.0.1:${await choosePort(ports, wanted, name, setting)}`
  }
  return urls
}

/** Brings up stores and apps, waits until all are ready, and seeds the demo where asked. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, ports, log } = options
  const names = options.apps === undefined ? appNames.filter((name) => apps[name].port) : options.apps
  const urls = await chooseUrls(names, ports)
  const needs = new Set<Need>(names.flatMap((name) => apps[name].needs))
  const [stores, secrets, webFolder] = await Promise.all([
    startStores({ home, ports, needs, say: log }),
    loadSecrets(home),
    names.includes('gateway') ? buildWeb(log) : '',
  ])
  const running: RunningApp[] = []
  const stop = async () => {
    await Promise.all(running.map((app) => app.stop()))
    await stores.stop()
  }
  const env = {
    ...stores.env,
    MEDIA_SECRET: secrets.mediaSecret,
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: demoPassword,
    WEB_FOLDER: webFolder,
    ...options.env,
  }
  try {
    const starts = names.map(async (name) => {
      running.push(
        await startApp({ name, home, urls, env: only(name, env), watch: isWatched(options, name) }),
      )
    })
    await settle(starts)
    const gatewayUrl = urls['gateway'] ?? ''
    if (options.seed === true && gatewayUrl !== '') await seedDemo({ gatewayUrl, home, say: log })
    return {
      home,
      urls,
      gatewayUrl,
      mongoUrl: stores.env['MONGO_URL'] ?? '',
      redisStateUrl: stores.env['REDIS_STATE_URL'] ?? '',
      app: (name) => find(running, name),
      stores,
      died: Promise.race(
        running.map(async (app) => `${app.name} ${await app.died}. Its log: ${app.logFile}`),
      ),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const isWatched = (options: StackOptions, name: AppName) => options.watch?.includes(name) ?? false

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
