import { setTimeout as pause } from 'node:timers/promises'
import { connectMongo } from '@aetherlearn/service-kit/mongo'
import { connectRedis } from '@aetherlearn/service-kit/redis'
import { createParts } from '../parts.ts'

/** For tests: a process that flushes until it is killed. It says `begins`, and then `flushed` or `failed` after each round. */
const [mongoUrl = '', database = '', redisUrl = '', keyPrefix = ''] = process.argv.slice(2)

const mongo = await connectMongo({ url: mongoUrl, database })
const shared = await connectRedis(redisUrl)
const redis = shared.duplicate({ keyPrefix, enableAutoPipelining: true })
await redis.connect()
const { flusher } = createParts({ mongo, redis, courseWaitMs: 0 })

const say = (word: string) => process.stdout.write(`${word}\n`)
say('begins')
// A round that failed is followed by another, as in the service.
for (;;) {
  await flusher.flushOnce().then(
    () => say('flushed'),
    () => say('failed'),
  )
  // Leaves the machine to the others for a moment.
  await pause(10)
}
