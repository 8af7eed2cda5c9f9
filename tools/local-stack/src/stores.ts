import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Need } from '@aetherlearn/contracts/system'
import { StackError, findProgram } from './programs.ts'
import { freePort, isPortTaken } from './child.ts'
import { startMongo } from './mongo.ts'
import { startRedis } from './redis.ts'

/** Beside the usual ports, so that servers of the user's own stay undisturbed. */
const MONGO_PORT = 27117
const REDIS_PORT = 6479

export type PortChoice = 'fixed' | 'free'
export type StoreOptions = { home: string; ports: PortChoice; needs: Set<Need>; say: (line: string) => void }
export type Stores = { env: Record<string, string>; stop(): Promise<void> }

/** Port `wanted`, or any free one; a taken port is a sentence with the way out. */
export async function choosePort(
  choice: PortChoice,
  wanted: number,
  owner: string,
  setting: string,
): Promise<number> {
  if (choice === 'free') return freePort()
  if (!(await isPortTaken(wanted))) return wanted
  throw new StackError(
    `Port ${wanted}, which ${owner} needs, is taken. Stop what uses it (ss -ltnp shows it) or set ${setting} to another port.`,
  )
}

const numberFrom = (setting: string, fallback: number) => Number(process.env[setting] ?? '') || fallback

/** What the apps need besides each other: by the address the user gave, or started here. */
export async function startStores(options: StoreOptions): Promise<Stores> {
  const { home, needs } = options
  const env: Record<string, string> = {}
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const end of stops.reverse()) await end()
  }
  try {
    if (needs.has('ffmpeg')) await findFfmpeg(options.say)
    if (needs.has('objects')) env['OBJECTS_FOLDER'] = await objectsFolder(home)
    await Promise.all([mongoFor(options, env, stops), redisFor(options, env, stops)])
    return { env, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function objectsFolder(home: string) {
  const folder = process.env['OBJECTS_FOLDER'] ?? join(home, 'data/objects')
  await mkdir(folder, { recursive: true })
  return folder
}

export async function findFfmpeg(say: (line: string) => void) {
  await findProgram({ name: 'ffprobe', debianPackage: 'ffmpeg', setting: 'FFPROBE' }, say)
  return findProgram({ name: 'ffmpeg', debianPackage: 'ffmpeg', setting: 'FFMPEG' }, say)
}

type Env = Record<string, string>
type Stops = (() => Promise<void>)[]

async function mongoFor({ home, ports, needs, say }: StoreOptions, env: Env, stops: Stops) {
  if (!needs.has('mongo')) return
  const given = process.env['MONGO_URL']
  if (given !== undefined) return void (env['MONGO_URL'] = given)
  const port = await choosePort(ports, numberFrom('MONGO_PORT', MONGO_PORT), 'MongoDB', 'MONGO_PORT')
  const mongo = await startMongo({ folder: join(home, 'data/mongo'), port, say })
  stops.push(mongo.stop)
  env['MONGO_URL'] = mongo.url
}

/** One server plays both roles on one machine. */
async function redisFor({ home, ports, needs, say }: StoreOptions, env: Env, stops: Stops) {
  if (!needs.has('redis-state') && !needs.has('redis-cache')) return
  const { REDIS_STATE_URL: state, REDIS_CACHE_URL: cache } = process.env
  if (state !== undefined) {
    env['REDIS_STATE_URL'] = state
    env['REDIS_CACHE_URL'] = cache ?? state
    return
  }
  const port = await choosePort(ports, numberFrom('REDIS_PORT', REDIS_PORT), 'Redis', 'REDIS_PORT')
  const redis = await startRedis({ folder: join(home, 'data/redis'), port, appendonly: true, say })
  stops.push(redis.stop)
  env['REDIS_STATE_URL'] = redis.url
  env['REDIS_CACHE_URL'] = cache ?? redis.url
}
