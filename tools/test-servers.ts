import { join } from 'node:path'
import { startMongo } from '@aetherlearn/local-stack/mongo'
import { startRedis } from '@aetherlearn/local-stack/redis'
import { findEngine } from './containers.ts'

export type TestServer = { url: string; stop(): Promise<void> }
export type Starters = Record<'mongo' | 'redis', () => Promise<TestServer>>
export type StoreName = keyof Starters
export type TestServers = Partial<Record<StoreName, TestServer>>

/** `choice` is the setting TEST_STORES; without it, containers where they can be had, else programs. */
export type ServerOptions = { folder: string; choice: string | undefined; say: (line: string) => void }

/** Starts the named servers, all in containers or all as programs of this machine. */
export async function startServers(names: StoreName[], options: ServerOptions): Promise<TestServers> {
  const { choice, say } = options
  if (choice !== undefined && choice !== 'containers' && choice !== 'programs') {
    throw new Error(`TEST_STORES is ${choice}; it can be containers or programs.`)
  }
  if (names.length === 0) return {}
  if (choice === 'programs') return startAll(names, programs(options))
  try {
    const containers = await findEngine()
    if (containers === undefined) throw new Error('no Docker engine answers')
    return await startAll(names, containers)
  } catch (error) {
    const reason = reasonOf(error)
    if (choice === 'containers') {
      throw new Error(`TEST_STORES=containers, but ${reason}. Start Docker, or leave TEST_STORES out.`, {
        cause: error,
      })
    }
    say(`The stores of the tests are programs of this machine: ${reason}.`)
  }
  return startAll(names, programs(options))
}

/** Its first line without its full stop, as a part of our sentence. */
function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return line.replace(/[\s.]+$/, '')
}

const programs = ({ folder, say }: ServerOptions): Starters => ({
  mongo: () => startMongo({ folder: join(folder, 'mongo'), port: 0, say }),
  redis: () => startRedis({ folder: join(folder, 'redis'), port: 0, appendonly: false, say }),
})

/** All or none: when one does not start, those that did are stopped. */
async function startAll(names: StoreName[], starters: Starters): Promise<TestServers> {
  const servers: TestServers = {}
  try {
    for (const name of names) servers[name] = await starters[name]()
    return servers
  } catch (error) {
    await stopServers(servers)
    throw error
  }
}

export async function stopServers(servers: TestServers): Promise<void> {
  await Promise.all(Object.values(servers).map((server) => server.stop()))
}
