import { connectMongo } from '@aetherlearn/service-kit/mongo'
import { connectRedis } from '@aetherlearn/service-kit/redis'
import { createPositionBuffer } from './buffer.ts'
import { createFlusher } from './flusher.ts'
import { createProgressStore, progressModel } from './store.ts'

/**
 * For tests: a process that flushes until it is killed. It writes `flushed` after each round, and `reached` when it comes to
 * the step it is told to stand still at, `before` or `after` it.
 */
const [mongoUrl = '', database = '', redisUrl = '', keyPrefix = '', buckets = '', step = '', when = ''] =
  process.argv.slice(2)

const mongo = await connectMongo({ url: mongoUrl, database })
const shared = await connectRedis(redisUrl)
const redis = shared.duplicate({ keyPrefix })
await redis.connect()
const buffer = createPositionBuffer(redis, Number(buckets))
const store = createProgressStore(progressModel(mongo))

const say = (word: string) => process.stdout.write(`${word}\n`)
const stand = () => {
  say('reached')
  return new Promise<never>(() => {})
}
const stopping =
  <A extends unknown[], R>(name: string, work: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    if (name === step && when === 'before') await stand()
    const result = await work(...args)
    if (name === step) await stand()
    return result
  }
const { flushOnce } = createFlusher({
  buffer: {
    ...buffer,
    oldestDirty: stopping('oldestDirty', buffer.oldestDirty),
    readMany: stopping('readMany', buffer.readMany),
    clean: stopping('clean', buffer.clean),
  },
  store: { savePositions: stopping('savePositions', store.savePositions) },
  log: { warn: () => {} },
})
say('begins')
// A round that failed is followed by another, as in the service.
for (;;)
  await flushOnce().then(
    () => say('flushed'),
    () => say('failed'),
  )
