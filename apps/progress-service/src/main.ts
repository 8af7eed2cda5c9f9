import { createTokenVerifier } from '@aetherlearn/service-kit/auth'
import { loadConfig } from '@aetherlearn/service-kit/config'
import { heardModel, startListener } from '@aetherlearn/service-kit/listener'
import { createLogger } from '@aetherlearn/service-kit/log'
import { measureAge } from '@aetherlearn/service-kit/metrics'
import { connectMongo, mongoCheck, prepareModels } from '@aetherlearn/service-kit/mongo'
import { failStart, runProcess, type Opened } from '@aetherlearn/service-kit/process'
import { connectRedis, patientRedis, redisCheck } from '@aetherlearn/service-kit/redis'
import { startRelay } from '@aetherlearn/service-kit/relay'
import { startRounds } from '@aetherlearn/service-kit/rounds'
import { createSharedCache } from '@aetherlearn/service-kit/shared-cache'
import { startTracing } from '@aetherlearn/service-kit/tracing'
import { buildApp } from './app.ts'
import { Config } from './config.ts'
import { CACHE_TIMEOUT_MS, type OpenCourseCache } from './courses/memory.ts'
import { historyAt } from './history/settings.ts'
import { createParts } from './parts.ts'

/** Who is to be forgotten is so within this time, also where the instance that heard of it died. */
const ERASURE_ROUND_MS = 5000

const start = async () => {
  const config = loadConfig(Config, process.env)
  const log = createLogger('progress-service', config.LOG_LEVEL)
  const stopTracing = await startTracing('progress-service', config.OTEL_EXPORTER_OTLP_ENDPOINT)
  await runProcess(config, log, async (opened) => {
    opened('tracing', stopTracing)
    const mongo = await connectMongo({ url: config.MONGO_URL, database: config.MONGO_DATABASE })
    opened('mongo', () => mongo.close())
    const redisUrl = config.REDIS_STATE_URL
    const redis = await connectRedis(redisUrl, { batched: true })
    opened('redis', () => redis.disconnect())
    const openCourseCache = await courseCacheAt(config.REDIS_CACHE_URL, opened)
    const enrolmentWaitMs = config.ENROLMENT_WAIT_MS
    const openHistory = historyAt(config)
    const signingKey = config.EVIDENCE_SIGNING_KEY
    const options = { mongo, redis, openCourseCache, openHistory, log, enrolmentWaitMs, signingKey }
    const parts = createParts(options)
    heardModel(mongo)
    await prepareModels(mongo)
    const relay = startRelay({ connection: mongo, outbox: parts.outbox, redisUrl, log })
    opened('relay', () => relay.stop())
    const listener = startListener(
      { app: 'progress-service', connection: mongo, redisUrl, log },
      parts.events,
    )
    opened('listener', () => listener.stop())
    const { sweepDue } = parts.erasure
    opened('erasures', startRounds({ name: 'erasures', everyMs: ERASURE_ROUND_MS, work: sweepDue, log }).stop)
    const { flushOnce } = parts.flusher
    const flushing = startRounds({ name: 'flush', everyMs: config.FLUSH_INTERVAL_MS, work: flushOnce, log })
    opened('flusher', async () => {
      await flushing.stop()
      await flushOnce()
    })
    const copying = startRounds({
      name: 'history',
      everyMs: config.HISTORY_INTERVAL_MS,
      work: parts.copier.copyOnce,
      log,
    })
    opened('history', () => copying.stop())
    const everyMs = config.EVIDENCE_INTERVAL_MS
    const sealing = startRounds({ name: 'evidence', everyMs, work: parts.evidence.round, log })
    opened('evidence', () => sealing.stop())
    const verifyToken = createTokenVerifier({ identityUrl: config.IDENTITY_SERVICE_URL })
    const app = await buildApp({
      ...parts,
      verifyToken,
      log,
      checks: { mongo: mongoCheck(mongo), redis: redisCheck(redis) },
    })
    measureAge(app.metrics, 'outbox_oldest_unsent_seconds', parts.outbox.oldestDue)
    measureAge(app.metrics, 'positions_oldest_unflushed_seconds', parts.buffer.dirtySince)
    measureAge(app.metrics, 'history_oldest_pending_seconds', parts.pending.oldestAt)
    return app
  })
}

async function courseCacheAt(cacheUrl: string, opened: Opened): Promise<OpenCourseCache> {
  const redis = await connectRedis(cacheUrl, { commandTimeoutMs: CACHE_TIMEOUT_MS, batched: true })
  opened('redis-cache', () => redis.disconnect())
  // A connection that subscribes can do nothing else.
  const subscriber = patientRedis(cacheUrl)
  opened('subscriber', () => subscriber.disconnect())
  return (more) => {
    const cache = createSharedCache({ redis, subscriber, channel: 'courseMeta', ...more })
    opened('course cache', cache.close)
    return cache
  }
}

start().catch(failStart)
