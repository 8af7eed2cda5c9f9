import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'

/** Collection → how many of its rows hold this word, in whatever field. */
export async function rowsWith(mongo: MongoConnection, word: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const collection of (await mongo.db?.collections()) ?? []) {
    const { collectionName: name } = collection
    // Blocks of time series, which are collections of their own.
    if (name.startsWith('system.')) continue
    const rows = await collection.find().toArray()
    const hits = rows.filter((row) => JSON.stringify(row).includes(word))
    if (hits.length > 0) found[name] = hits.length
  }
  return found
}

/** The keys that hold this word, in their name or in what they keep, without the prefix of the connection. */
export async function keysWith(redis: Redis, word: string): Promise<string[]> {
  const { keyPrefix = '' } = redis.options
  const names = (await redis.keys(`${keyPrefix}*`)).map((key) => key.slice(keyPrefix.length))
  const holding: string[] = []
  for (const name of names)
    if (name.includes(word) || (await contentOf(redis, name)).includes(word)) holding.push(name)
  return holding.sort()
}

async function contentOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key)
  if (type === 'string') return String(await redis.get(key))
  if (type === 'hash') return JSON.stringify(await redis.hgetall(key))
  if (type === 'zset') return (await redis.zrange(key, 0, '-1')).join()
  if (type === 'set') return (await redis.smembers(key)).join()
  if (type === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'))
  throw new Error(`${key} is a ${type}: say here how it is read`)
}
