import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Need } from '@aetherlearn/contracts/system'
import { StackError, findProgram } from './programs.ts'
import { freePort, isPortTaken } from './child.ts'
import { startMongo, type RunningMongo } from './mongo.ts'
import { startRedis, type RunningRedis } from './redis.ts'
import { startSeaweed, type RunningWeed } from './weed.ts'

/** Beside the usual ports, so that servers of the user's own stay undisturbed. */
const MONGO_PORT = 27117
const REDIS_PORT = 6479
const S3_PORT = 8433

export type PortChoice = 'fixed' | 'free'
export type StorePorts = { mongo: number; redis: number; s3: number }
export type StoreOptions = {
  home: string
  ports: StorePorts
  needs: Set<Need>
  say: (line: string) => void
  /** Breaks off the start; what is up by then is stopped. */
  signal?: AbortSignal | undefined
}
export type Stores = {
  env: Record<string, string>
  /** The servers that were started here; absent where the user gave an address. */
  mongo?: RunningMongo
  redis?: RunningRedis
  stop(): Promise<void>
}

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

export const portFrom = (setting: string, fallback: number) => Number(process.env[setting] ?? '') || fallback

/** An address that the user gave; an empty setting is none. */
const given = (setting: string) => process.env[setting] || undefined

const startsMongo = (needs: Set<Need>) => needs.has('mongo') && given('MONGO_URL') === undefined
const startsRedis = (needs: Set<Need>) =>
  (needs.has('redis-state') || needs.has('redis-cache')) && given('REDIS_STATE_URL') === undefined
const startsWeed = (needs: Set<Need>) =>
  needs.has('objects') && given('STORE') === 's3' && given('S3_ENDPOINT') === undefined

/** The ports of the servers that will be started here; 0 for one that will not. */
export async function chooseStorePorts(choice: PortChoice, needs: Set<Need>): Promise<StorePorts> {
  const choose = async (starts: boolean, fallback: number, owner: string, setting: string) =>
    starts ? choosePort(choice, portFrom(setting, fallback), owner, setting) : 0
  return {
    mongo: await choose(startsMongo(needs), MONGO_PORT, 'MongoDB', 'MONGO_PORT'),
    redis: await choose(startsRedis(needs), REDIS_PORT, 'Redis', 'REDIS_PORT'),
    s3: await choose(startsWeed(needs), S3_PORT, 'SeaweedFS', 'S3_PORT'),
  }
}

/** What the apps need besides each other: by the address the user gave, or started here. */
export async function startStores(options: StoreOptions): Promise<Stores> {
  const { needs, say } = options
  if (needs.has('ffmpeg')) await findVideoPrograms(say)
  const started: { stop(): Promise<void> }[] = []
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())))
  try {
    const mongo = await mongoFor(options)
    if (mongo.running !== undefined) started.push(mongo.running)
    const redis = await redisFor(options)
    if (redis.running !== undefined) started.push(redis.running)
    const objects = await objectsFor(options)
    if (objects.running !== undefined) started.push(objects.running)
    const handles = {
      ...(mongo.running === undefined ? {} : { mongo: mongo.running }),
      ...(redis.running === undefined ? {} : { redis: redis.running }),
    }
    return { env: { ...objects.env, ...mongo.env, ...redis.env }, ...handles, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export async function findFfmpeg(say: (line: string) => void) {
  await findProgram({ name: 'ffprobe', debianPackage: 'ffmpeg', setting: 'FFPROBE' }, say)
  return findProgram({ name: 'ffmpeg', debianPackage: 'ffmpeg', setting: 'FFMPEG' }, say)
}

/** What video-worker runs. Without bubblewrap it sets limits only, and says so. */
export async function findVideoPrograms(say: (line: string) => void) {
  await findFfmpeg(say)
  if (process.platform !== 'linux') return
  const bubblewrap = { name: 'bwrap', debianPackage: 'bubblewrap', setting: 'BWRAP' }
  await findProgram(bubblewrap, say).catch((error: unknown) => {
    if (!(error instanceof StackError)) throw error
    say(`${error.message} Until then ffmpeg reads videos without a sandbox.`)
  })
}

type Server<Running> = { env: Record<string, string>; running?: Running }

async function mongoFor({ home, ports, needs, say, signal }: StoreOptions): Promise<Server<RunningMongo>> {
  if (!needs.has('mongo')) return { env: {} }
  const url = given('MONGO_URL')
  if (url !== undefined) return { env: { MONGO_URL: url } }
  const running = await startMongo({ folder: join(home, 'data/mongo'), port: ports.mongo, say, signal })
  return { env: { MONGO_URL: running.url }, running }
}

/** One server plays both roles on one machine. */
async function redisFor({ home, ports, needs, say, signal }: StoreOptions): Promise<Server<RunningRedis>> {
  if (!needs.has('redis-state') && !needs.has('redis-cache')) return { env: {} }
  const [state, cache] = [given('REDIS_STATE_URL'), given('REDIS_CACHE_URL')]
  if (state !== undefined) return { env: { REDIS_STATE_URL: state, REDIS_CACHE_URL: cache ?? state } }
  const folder = join(home, 'data/redis')
  const running = await startRedis({ folder, port: ports.redis, appendonly: true, say, signal })
  return { env: { REDIS_STATE_URL: running.url, REDIS_CACHE_URL: cache ?? running.url }, running }
}

/** A folder, or with `STORE=s3` the server that `S3_ENDPOINT` names, or one started here. */
async function objectsFor({ home, ports, needs, say, signal }: StoreOptions): Promise<Server<RunningWeed>> {
  if (!needs.has('objects')) return { env: {} }
  const kind = given('STORE') ?? 'disk'
  if (kind === 'disk') {
    const folder = process.env['OBJECTS_FOLDER'] ?? join(home, 'data/objects')
    await mkdir(folder, { recursive: true })
    return { env: { STORE: 'disk', OBJECTS_FOLDER: folder } }
  }
  if (kind !== 's3') throw new StackError(`STORE is ${kind}; it can be disk or s3.`)
  const { S3_REGION = 'us-east-1', S3_BUCKET = 'aetherlearn' } = process.env
  const place = { STORE: 's3', S3_REGION, S3_BUCKET }
  const endpoint = given('S3_ENDPOINT')
  if (endpoint !== undefined) return { env: { ...place, S3_ENDPOINT: endpoint, ...givenKeys() } }
  const running = await startSeaweed({ folder: join(home, 'data/seaweed'), port: ports.s3, say, signal })
  const keys = { S3_ACCESS_KEY_ID: running.accessKey, S3_SECRET_ACCESS_KEY: running.secretKey }
  return { env: { ...place, S3_ENDPOINT: running.endpoint, ...keys }, running }
}

function givenKeys() {
  const { S3_ACCESS_KEY_ID = '', S3_SECRET_ACCESS_KEY = '' } = process.env
  if (S3_ACCESS_KEY_ID === '' || S3_SECRET_ACCESS_KEY === '') {
    throw new StackError('S3_ENDPOINT needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY beside it.')
  }
  return { S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY }
}
