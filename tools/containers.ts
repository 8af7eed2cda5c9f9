import { setTimeout as wait } from 'node:timers/promises'
import { becamePrimary } from '@aetherlearn/local-stack/mongo'
import type { GenericContainer } from 'testcontainers'
import type { Starters, TestServer } from './test-servers.ts'

const ANSWER_MS = 2000
/** Of one container, its image's download included. */
const START_MS = 180_000
const PRIMARY_MS = 30_000

/** Starters of containers where a Docker engine answers, else undefined. */
export async function findEngine(): Promise<Starters | undefined> {
  // Loaded only when asked for: it takes longer than the question.
  const testcontainers = await import('testcontainers')
  const asked = testcontainers.getContainerRuntimeClient()
  const client = await inTime(asked, ANSWER_MS).catch(() => undefined)
  if (client === undefined) return undefined
  const { GenericContainer, Wait } = testcontainers
  return {
    mongo: () => {
      const image = new GenericContainer(process.env['TEST_MONGO_IMAGE'] ?? 'mongo:8')
        .withCommand(MONGOD)
        .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/))
      return start(image, MONGO_PORT, mongoAt)
    },
    redis: () => {
      const image = new GenericContainer(process.env['TEST_REDIS_IMAGE'] ?? 'redis:7')
        .withCommand(['redis-server', '--protected-mode', 'no', '--save', '', '--appendonly', 'no'])
        .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
      return start(image, 6379, async (address) => `redis://${address}`)
    },
  }
}

const MONGO_PORT = 27017
const MONGOD = ['mongod', '--replSet', 'rs0', '--bind_ip_all', '--wiredTigerCacheSizeGB', '0.5']
// As for the mongod of local-stack.
MONGOD.push('--setParameter', 'transactionLifetimeLimitSeconds=5')

async function start(
  image: GenericContainer,
  port: number,
  urlAt: (address: string) => Promise<string>,
): Promise<TestServer> {
  const starting = image.withExposedPorts(port).start()
  const container = await inTime(starting, START_MS).catch((error: unknown) => {
    // One that comes up too late is not wanted any more.
    starting.then((late) => late.stop()).catch(() => {})
    throw error
  })
  const stop = async () => void (await container.stop())
  try {
    return { url: await urlAt(`${container.getHost()}:${container.getMappedPort(port)}`), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The set knows its node by the port inside the container, so clients are told not to ask it for addresses. */
async function mongoAt(address: string): Promise<string> {
  const end = performance.now() + PRIMARY_MS
  while (!(await becamePrimary(address, `127.0.0.1:${MONGO_PORT}`).catch(() => false))) {
    if (performance.now() > end) throw new Error(`mongod in its container is no primary after 30 s`)
    await wait(100)
  }
  return `mongodb://${address}/?directConnection=true`
}

async function inTime<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer in ${limitMs / 1000} s`)), limitMs)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
