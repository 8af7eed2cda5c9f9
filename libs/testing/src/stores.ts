import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMongo, type RunningMongo } from '@aetherlearn/local-stack/mongo'
import { startRedis, type RunningRedis } from '@aetherlearn/local-stack/redis'
import { connectMongo, prepareModels, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { connectRedis } from '@aetherlearn/service-kit/redis'
import { Redis } from 'ioredis'

export type TestStores = {
  mongoUrl: string
  /** One server for both roles; test files share it, so keys need an id of the test's own. */
  redisUrl: string
  /** Random, dropped by `close`. */
  database: string
  connectMongo(): Promise<MongoConnection>
  /** Makes the collections and indexes of the models that were registered on the connection. */
  prepare: typeof prepareModels
  connectRedis(): Promise<Redis>
  /** Gives up no command, however slow the machine: of one that was given up nobody knows whether it was done. */
  connectPatientRedis(): Promise<Redis>
  close(): Promise<void>
}

/** The mongod and redis-server that `npm test` started, or own ones where a test file is run by itself. */
export async function testStores(): Promise<TestStores> {
  const { MONGO_URL, REDIS_STATE_URL } = process.env
  if (MONGO_URL !== undefined && REDIS_STATE_URL !== undefined) return storesAt(MONGO_URL, REDIS_STATE_URL)
  return ownStores()
}

/** A database of a server that runs already. */
export const openDatabase = (url: string, database: string): Promise<MongoConnection> =>
  connectMongo({ url, database })

/** Any Redis that is up already. */
export const openRedis = (url: string): Promise<Redis> => connectRedis(url)

export type OwnStores = TestStores & { mongo: RunningMongo; redis: RunningRedis }

/** Servers of this test's own, for tests that stop, freeze, kill or wipe them. */
export async function ownStores(): Promise<OwnStores> {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-test-'))
  const [mongo, redis] = await Promise.all([
    startMongo({ folder: join(folder, 'mongo'), port: 0 }),
    startRedis({ folder: join(folder, 'redis'), port: 0, appendonly: true }),
  ])
  const stores = storesAt(mongo.url, redis.url)
  return {
    ...stores,
    mongo,
    redis,
    close: async () => {
      await stores.disconnect()
      await Promise.all([mongo.stop(), redis.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A Redis Cluster of one node, which refuses what a larger one would. */
export async function clusteredRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-test-'))
  const server = await startRedis({ folder, port: 0, appendonly: false, clustered: true })
  const redis = await connectRedis(server.url)
  await redis.cluster('ADDSLOTSRANGE', 0, 16_383)
  while (!/cluster_state:ok/.test(await redis.cluster('INFO'))) await redis.ping()
  const close = async () => {
    redis.disconnect()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { redis, close }
}

function storesAt(mongoUrl: string, redisUrl: string) {
  const database = `test-${randomBytes(6).toString('hex')}`
  const connections: MongoConnection[] = []
  const clients: Redis[] = []
  const disconnect = async () => {
    for (const redis of clients) redis.disconnect()
    await Promise.all(connections.map((connection) => connection.close()))
  }
  return {
    mongoUrl,
    redisUrl,
    database,
    prepare: prepareModels,
    connectMongo: async () => {
      const connection = await connectMongo({ url: mongoUrl, database })
      connections.push(connection)
      return connection
    },
    connectRedis: async () => {
      const redis = await connectRedis(redisUrl)
      clients.push(redis)
      return redis
    },
    connectPatientRedis: async () => {
      const redis = new Redis(redisUrl, { lazyConnect: true, maxRetriesPerRequest: null })
      clients.push(redis)
      await redis.connect()
      return redis
    },
    disconnect,
    close: async () => {
      const [first] = connections
      // Where a killed client still holds its locks the server goes on dropping; in the end it goes away itself.
      if (first?.readyState === 1) await first.dropDatabase().catch(() => undefined)
      await disconnect()
    },
  }
}
