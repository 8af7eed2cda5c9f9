import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { mediaSecret } from './fixture.ts'

type Servers = { mongoUrl: string; database: string; redisUrl: string }
export type Instance = Awaited<ReturnType<typeof startInstance>>

/** For tests: the process itself on real stores, to be killed, frozen and measured. */
export async function startInstance(
  servers: Servers,
  own: { identityUrl: string; folder: string; env?: Record<string, string> },
) {
  const env = {
    PORT: '0',
    MONGO_URL: servers.mongoUrl,
    MONGO_DATABASE: servers.database,
    REDIS_STATE_URL: servers.redisUrl,
    REDIS_CACHE_URL: servers.redisUrl,
    IDENTITY_SERVICE_URL: own.identityUrl,
    OBJECTS_FOLDER: own.folder,
    MEDIA_SECRET: mediaSecret,
    ...own.env,
  }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const origin = await addressIn(child)
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child.kill(signal)
    await gone
  }
  return { origin, pid: child.pid ?? 0, signal: (name: NodeJS.Signals) => child.kill(name), end }
}

async function addressIn(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the service has no output')
  const lines = createInterface(child.stdout)
  for await (const line of lines) {
    const address = addressOf(line)
    if (address === undefined) continue
    child.stdout.resume()
    return address
  }
  throw new Error('the service ended before it listened')
}

function addressOf(line: string): string | undefined {
  const entry: unknown = JSON.parse(line)
  const isListening =
    typeof entry === 'object' && entry !== null && 'msg' in entry && entry.msg === 'listening'
  return isListening && 'address' in entry ? String(entry.address) : undefined
}
