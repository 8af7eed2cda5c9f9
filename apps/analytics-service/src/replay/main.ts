import { ConfigError, loadConfig } from '@aetherlearn/service-kit/config'
import { createLogger } from '@aetherlearn/service-kit/log'
import { connectMongo, prepareModels } from '@aetherlearn/service-kit/mongo'
import { failStart } from '@aetherlearn/service-kit/process'
import { connectRedis } from '@aetherlearn/service-kit/redis'
import { Type } from 'typebox'
import { Config } from '../config.ts'
import { createRebuild } from './rebuild.ts'
import { createReplayQueries } from './queries.ts'
import { openEventLog } from '../eventlog/open.ts'
import { createParts } from '../parts.ts'

const ReplayConfig = Type.Object({
  ...Config.properties,
  /** A database of its own: what is rebuilt can be looked at before anything takes its place. */
  REPLAY_DATABASE: Type.String({ default: '' }),
})
const READ_TIMEOUT_MS = 10 * 60_000

/**
 * `EVENT_LOG=kafka node apps/analytics-service/src/replay/main.ts` makes the rows of every course anew, out of all events. One
 * that died may be called again.
 */
const start = async () => {
  const config = loadConfig(ReplayConfig, process.env)
  const log = createLogger('analytics-replay', config.LOG_LEVEL)
  const database = config.REPLAY_DATABASE || `${config.MONGO_DATABASE}_replayed`
  if (database === config.MONGO_DATABASE)
    throw new ConfigError('REPLAY_DATABASE must be another one than MONGO_DATABASE')
  if (config.EVENT_LOG === 'none') throw new ConfigError('There are events with EVENT_LOG=kafka only')
  const redis = await connectRedis(config.REDIS_STATE_URL)
  const mongo = await connectMongo({ url: config.MONGO_URL, database })
  // Where it stands whose events these are.
  const counted = await connectMongo({ url: config.MONGO_URL, database: config.MONGO_DATABASE })
  const { pseudonyms, eventLog } = createParts({
    mongo: counted,
    redis,
    courseWaitMs: 0,
    openLog: (deps) => openEventLog(config, { ...deps, readTimeoutMs: READ_TIMEOUT_MS }),
  })
  if (eventLog === undefined) throw new Error('There is no event log')
  try {
    const at = new Date()
    await eventLog.drainOnce()
    await eventLog.feedOnce()
    const { analytics, playbacks, sketchStore } = createParts({
      mongo,
      redis,
      courseWaitMs: 0,
      playbacksKeptDays: config.PLAYBACKS_KEPT_DAYS,
    })
    await prepareModels(mongo)
    const queries = createReplayQueries(eventLog.table)
    const rebuild = createRebuild({ queries, pseudonyms, redis, analytics, playbacks, sketches: sketchStore })
    const courses = await queries.courses()
    for (const courseId of courses) await rebuild(courseId, at)
    log.info({ database, courses: courses.length }, 'rebuilt')
  } finally {
    await eventLog.close()
    redis.disconnect()
    await Promise.all([mongo.close(), counted.close()])
  }
}

start().catch(failStart)
