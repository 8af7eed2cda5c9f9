import { createTokenVerifier } from '@aetherlearn/service-kit/auth'
import { loadConfig } from '@aetherlearn/service-kit/config'
import { heardModel, startListener } from '@aetherlearn/service-kit/listener'
import { createLive } from '@aetherlearn/service-kit/live'
import { createLogger } from '@aetherlearn/service-kit/log'
import { connectMongo, mongoCheck, prepareModels } from '@aetherlearn/service-kit/mongo'
import { openObjectStore } from '@aetherlearn/service-kit/objects/open'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import { failStart, runProcess } from '@aetherlearn/service-kit/process'
import { connectRedis, redisCheck } from '@aetherlearn/service-kit/redis'
import { startRounds } from '@aetherlearn/service-kit/rounds'
import { startRelay } from '@aetherlearn/service-kit/relay'
import { startTracing } from '@aetherlearn/service-kit/tracing'
import { buildApp } from './app.ts'
import { Config } from './config.ts'
import { mediaEvents } from './media/events.ts'
import { createSchedule, publishDue } from './publishing/schedule.ts'
import { peopleEvents } from './people/events.ts'
import { openStores } from './stores.ts'
import { startSweeps } from './uploads/sweep.ts'

/** A course is published within this time after the moment that it was scheduled for. */
const SCHEDULE_ROUND_MS = 2000

const start = async () => {
  const config = loadConfig(Config, process.env)
  const log = createLogger('course-service', config.LOG_LEVEL)
  const stopTracing = await startTracing('course-service', config.OTEL_EXPORTER_OTLP_ENDPOINT)
  await runProcess(config, log, async (opened) => {
    opened('tracing', stopTracing)
    const mongo = await connectMongo({ url: config.MONGO_URL, database: config.MONGO_DATABASE })
    opened('mongo', () => mongo.close())
    const redisUrl = config.REDIS_STATE_URL
    const redis = await connectRedis(redisUrl)
    opened('redis', () => redis.disconnect())
    const outbox = createOutbox(mongo)
    const stores = openStores(mongo, outbox)
    const live = createLive(redis)
    const events = [...mediaEvents(stores.models, live), ...peopleEvents(stores.directory)]
    heardModel(mongo)
    await prepareModels(mongo)
    const listener = startListener({ app: 'course-service', connection: mongo, redisUrl, log }, events)
    opened('listener', listener.stop)
    const relay = startRelay({ connection: mongo, outbox, redisUrl, log })
    opened('relay', relay.stop)
    const reviewRequired = config.COURSE_REVIEW_REQUIRED
    const schedule = createSchedule({ ...stores.publishing, reviewRequired })
    const publishing = startRounds({
      name: 'scheduled publishing',
      everyMs: SCHEDULE_ROUND_MS,
      work: () => publishDue({ schedule, live }),
      log,
    })
    opened('scheduled publishing', publishing.stop)
    const { objects, close } = await openObjectStore(config)
    opened('objects', close)
    opened('sweeps', startSweeps({ ...stores, objects }, log).stop)
    return buildApp({
      stores,
      objects,
      verifyToken: createTokenVerifier({ identityUrl: config.IDENTITY_SERVICE_URL }),
      mediaSecret: config.MEDIA_SECRET,
      grantSeconds: config.MEDIA_GRANT_SECONDS,
      uploadDays: config.UPLOAD_DAYS,
      uploadLimits: { quotaBytes: config.UPLOAD_QUOTA_BYTES, maxOpenUploads: config.UPLOADS_OPEN_MAX },
      reviewRequired,
      live,
      checks: { mongo: mongoCheck(mongo), redis: redisCheck(redis), objects: objects.check },
      log,
    })
  })
}

start().catch(failStart)
