import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { apps, nodeFlags, urlVariable, type AppName } from '@aetherlearn/contracts/system'
import { settingsFor } from './app-settings.ts'
import { startChild, untilReady, type Child, type ChildSpec } from './child.ts'
import { root } from './home.ts'

const READY_SECONDS = 60

export type RunningApp = {
  name: AppName
  url: string
  logFile: string
  /** Resolves with how it ended; not for a stop or a kill that was asked for. */
  died: Promise<string>
  stop(): Promise<void>
  /** SIGSTOP, SIGCONT, or SIGKILL, which waits until it is gone. */
  signal(signal: NodeJS.Signals): Promise<void>
  restart(): Promise<void>
}

export type AppOptions = {
  name: AppName
  home: string
  urls: Record<string, string>
  env: Record<string, string>
  /** Starts it again whenever its sources change. */
  watch: boolean
  /** Ends the wait for readiness, and the app with it. */
  signal?: AbortSignal | undefined
}

/** Starts one app and waits until it is ready. */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const { name, urls } = options
  const spec = await specOf(options)
  const url = urls[name] ?? ''
  const { promise: died, resolve: sayDied } = Promise.withResolvers<string>()
  let wanted = true
  const start = async (): Promise<Child> => {
    const child = await startChild(spec)
    await untilReady(child, spec, READY_SECONDS, () => isReady(url), options.signal)
    void child.exited.then((how) => wanted && sayDied(how))
    return child
  }
  let child = await start()
  const unwanted = (work: () => unknown) => {
    wanted = false
    return work()
  }
  return {
    name,
    url,
    logFile: spec.logFile,
    died,
    stop: async () => unwanted(() => child.stop()) as Promise<void>,
    signal: async (signal) => {
      if (signal !== 'SIGKILL') return void child.process.kill(signal)
      wanted = false
      child.process.kill(signal)
      await child.exited
    },
    restart: async () => {
      wanted = false
      await child.stop('SIGKILL')
      wanted = true
      child = await start()
    },
  }
}

async function specOf({ name, home, urls, env, watch }: AppOptions): Promise<ChildSpec> {
  const logs = join(home, 'logs')
  await mkdir(logs, { recursive: true })
  const called = apps[name].calls.map((other) => [urlVariable(other), urls[other] ?? ''])
  return {
    name,
    program: process.execPath,
    args: [...nodeFlags, ...(watch ? ['--watch'] : []), join(root, 'apps', name, 'src/main.ts')],
    cwd: root,
    logFile: join(logs, `${name}.log`),
    pidFile: join(logs, `${name}.pid`),
    env: {
      ...settingsFor(name, { ...process.env, ...env }),
      ...Object.fromEntries(called),
      HOST: '127.0.0.1',
      PORT: new URL(urls[name] ?? '').port,
      // One for all homes, as filling it takes each app a second at its end.
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node'),
      // Started by a test, an app is no part of that test.
      NODE_TEST_CONTEXT: undefined,
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) })
  await response.arrayBuffer()
  return response.ok
}
