import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { EventType, Payload } from '@aetherlearn/contracts/shape'
import { nodeFlags, type AppName } from '@aetherlearn/contracts/system'
import { endWithUs } from '@aetherlearn/local-stack/guard'
import { eventQueue, openQueue } from '@aetherlearn/service-kit/jobs'
import { newId } from './ids.ts'
import { ownStores, type OwnStores } from './stores.ts'
import { createTokenMint, type TokenMint } from './tokens.ts'

export type LoneService = {
  address: string
  stores: OwnStores
  tokenFor: TokenMint['tokenFor']
  mint: TokenMint
  /** Stands in place of identity-service, for other processes. */
  identityUrl: string
  /** Sends an event as another service's outbox does. */
  tell<E extends EventType>(type: E, payload: Payload<E>): Promise<void>
  /** Stops it as an operator does; gives its exit code. */
  stop(): Promise<number>
  /** Without a word; its stores go on. */
  kill(): Promise<void>
  close(): Promise<void>
}

/**
 * A service as a process of its own, from its `main.ts`, with stores of its own and keys in place of identity-service.
 * `more` are settings that are wanted otherwise.
 */
export async function startLoneService(
  name: AppName,
  main: URL,
  more: Record<string, string> = {},
): Promise<LoneService> {
  const stores = await ownStores()
  const mint = await createTokenMint()
  const keys = await mint.startKeyServer()
  const events = openQueue(stores.redisUrl, eventQueue(name))
  const close = async () => {
    await Promise.all([events.close(), keys.stop()])
    await stores.close()
  }
  const settings = {
    PORT: '0',
    MONGO_URL: stores.mongoUrl,
    MONGO_DATABASE: stores.database,
    REDIS_STATE_URL: stores.redisUrl,
    REDIS_CACHE_URL: stores.redisUrl,
    IDENTITY_SERVICE_URL: keys.url,
    ...more,
  }
  const tell = async <E extends EventType>(type: E, payload: Payload<E>) => {
    const id = newId()
    const event = { id, name: type.name, payload, traceId: '' }
    await events.queue.add(type.name, event, { jobId: `outbox-${id}` })
  }
  try {
    const { address, stop, kill } = await startProcess(main, settings)
    const end = async () => {
      // Where a test failed before it stopped it.
      await kill()
      await close()
    }
    const { tokenFor } = mint
    return { address, stores, tokenFor, mint, identityUrl: keys.url, tell, stop, kill, close: end }
  } catch (error) {
    await close()
    throw error
  }
}

export type LoneProcess = {
  address: string
  /** As an operator does; gives its exit code. */
  stop(): Promise<number>
  /** Without a word. */
  kill(): Promise<void>
}

/** A process from its `main.ts`, once it listens. */
export async function startProcess(main: URL, settings: NodeJS.ProcessEnv): Promise<LoneProcess> {
  const { address, child, exited } = await listening(main, settings)
  const stop = async () => {
    child.kill('SIGTERM')
    const [code] = (await exited) as [number]
    return code
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return { address, stop, kill }
}

async function listening(main: URL, settings: NodeJS.ProcessEnv) {
  const env = { ...process.env, ...settings, NODE_TEST_CONTEXT: undefined }
  const child = spawn(process.execPath, [...nodeFlags, main.pathname], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  const exited = once(child, 'exit')
  void exited.then(endWithUs(child))
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, address } = JSON.parse(line) as { msg: string; address: string }
    if (msg !== 'listening') continue
    child.stdout.resume()
    return { address, child, exited }
  }
  throw new Error('the service ended before it listened')
}
