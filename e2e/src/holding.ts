import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openRedis } from '@aetherlearn/testing/stores'

/** Of a Redis, the keys that have the word in their name or in what they hold. */
export async function keysHolding(redisUrl: string, word: string): Promise<string[]> {
  const redis = await openRedis(redisUrl)
  const contents: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, 0, '-1'),
    stream: (key) => redis.xrange(key, '-', '+'),
  }
  const found: string[] = []
  for (const key of await redis.keys('*')) {
    const held = await contents[await redis.type(key)]?.(key)
    if (key.includes(word) || JSON.stringify(held ?? '').includes(word)) found.push(key)
  }
  redis.disconnect()
  return found.sort()
}

/** Log files of a stack that have the word in a line. */
export async function logsHolding(home: string, word: string): Promise<string[]> {
  const folder = join(home, 'logs')
  const found: string[] = []
  for (const file of await readdir(folder)) {
    const log = await readFile(join(folder, file), 'utf8')
    if (log.includes(word)) found.push(file)
  }
  return found.sort()
}
