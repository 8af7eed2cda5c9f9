import { createTokenVerifier } from '@aetherlearn/service-kit/auth'
import { loadConfig } from '@aetherlearn/service-kit/config'
import { heardModel, startListener } from '@aetherlearn/service-kit/listener'
import { createLogger } from '@aetherlearn/service-kit/log'
import { connectMongo, mongoCheck, prepareModels } from '@aetherlearn/service-kit/mongo'
import { failStart, runProcess } from '@aetherlearn/service-kit/process'
import { connectRedis, redisCheck } from '@aetherlearn/service-kit/redis'
import { startRounds } from '@aetherlearn/service-kit/rounds'
import { startTracing } from '@aetherlearn/service-kit/tracing'
import { buildApp } from './app.ts'
import { Config } from './config.ts'
import { startEventRounds } from './eventlog/rounds.ts'
import { eventLogAt } from './eventlog/settings.ts'
import { underLease } from './flush/lease.ts'
import { mailSecretOf } from './mail/settings.ts'
import { startMessaging } from './messages/start.ts'
import { createParts } from './parts.ts'
import { reachOf } from './webhooks/settings.ts'
import { startWebhooks } from './webhooks/start.ts'

/** Who is to be forgotten, or to be known no more, is so within this time, also where the instance that heard of it died. */
const ERASURE_ROUND_MS = 5000

const start = async () => {
  const config = loadConfig(Config, process.env)
  const log = createLogger('analytics-service', config.LOG_LEVEL)
  const stopTracing = await startTracing('analytics-service', config.OTEL_EXPORTER_OTLP_ENDPOINT)
  await runProcess(config, log, async (opened) => {
    opened('tracing', stopTracing)
    const mongo = await connectMongo({ url: config.MONGO_URL, database: config.MONGO_DATABASE })
    opened('mongo', () => mongo.close())
    const redisUrl = config.REDIS_STATE_URL
    const redis = await connectRedis(redisUrl, { batched: true })
    opened('redis', () => redis.disconnect())
    const parts = createParts({
      mongo,
      redis,
      courseWaitMs: config.COURSE_WAIT_MS,
      playbacksKeptDays: config.PLAYBACKS_KEPT_DAYS,
      mailSecret: mailSecretOf(config),
      webhookReach: reachOf(config),
      openLog: await eventLogAt(config),
    })
    const { eventLog } = parts
    if (eventLog !== undefined) {
      const rounds = startEventRounds({ eventLog, redis, everyMs: config.EVENT_LOG_INTERVAL_MS, log })
      opened('event log', () => rounds.stop())
    }
    heardModel(mongo)
    await prepareModels(mongo)
    const listener = startListener(
      { app: 'analytics-service', connection: mongo, redisUrl, log },
      parts.events,
    )
    opened('listener', () => listener.stop())
    const messaging = startMessaging({ mongo, redis, redisUrl, parts, config, log })
    opened('messaging', () => messaging.stop())
    const webhooks = startWebhooks({ parts, redis, redisUrl, log })
    opened('webhooks', () => webhooks.stop())
    const { sweepDue } = parts
    opened('erasures', startRounds({ name: 'erasures', everyMs: ERASURE_ROUND_MS, work: sweepDue, log }).stop)
    const { flushOnce } = parts.flusher
    const flushing = startRounds({
      name: 'flush',
      everyMs: config.FLUSH_INTERVAL_MS,
      work: underLease(redis, flushOnce),
      log,
    })
    opened('flusher', async () => {
      await flushing.stop()
      await flushOnce()
    })
    const verifyToken = createTokenVerifier({ identityUrl: config.IDENTITY_SERVICE_URL })
    return buildApp({
      ...parts,
      verifyToken,
      log,
      checks: { mongo: mongoCheck(mongo), redis: redisCheck(redis) },
    })
  })
}

start().catch(failStart)
