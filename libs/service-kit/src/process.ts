import type { Logger } from 'pino'
import { ConfigError } from './config.ts'
import type { Server } from './server.ts'
import { within } from './within.ts'

/** Closed in the reverse order of being opened. */
export type Closer = { name: string; close: () => Promise<unknown> | unknown }
export type Running = { app: Server; stop(): Promise<void>; address: string }
export type Started = { app: Server; closers: Closer[] }

/** Notes what was opened, and how it is closed. */
export type Opened = (name: string, close: Closer['close']) => void

type ProcessSettings = { HOST: string; PORT: number; SHUTDOWN_GRACE_MS: number }

/**
 * The life of a process: `start` connects and builds, then it listens; on SIGTERM or SIGINT it turns unready, stops
 * taking requests, lets running ones finish and closes what `start` opened, last first.
 */
export async function runProcess(
  settings: ProcessSettings,
  log: Logger,
  start: (opened: Opened) => Promise<Server>,
): Promise<Running> {
  const closers: Closer[] = []
  const closeAll = async () => {
    for (const { name, close } of closers.reverse()) {
      await Promise.resolve(close()).catch((error: unknown) =>
        log.warn({ err: error, name }, 'did not close cleanly'),
      )
    }
  }
  try {
    const app = await start((name, close) => closers.push({ name, close }))
    const address = await app.listen({ host: settings.HOST, port: settings.PORT })
    const stop = onceOnly(async () => {
      log.info('stopping')
      app.readiness.stopping = true
      await within(settings.SHUTDOWN_GRACE_MS, app.close())
      await within(settings.SHUTDOWN_GRACE_MS, closeAll())
      log.info('stopped')
    })
    stopOnSignals(stop)
    log.info({ address }, 'listening')
    return { app, stop, address }
  } catch (error) {
    await closeAll()
    throw error
  }
}

const onceOnly = (work: () => Promise<void>) => {
  let running: Promise<void> | undefined
  return () => (running ??= work())
}

function stopOnSignals(stop: () => Promise<void>) {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop().then(() => process.exit(0)))
  }
}

/** For the last line of a `main.ts`: what stopped the start, in one sentence where we know it, and exit code 1. */
export function failStart(error: unknown): never {
  const text =
    error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
