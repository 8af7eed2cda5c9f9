import { createTokenVerifier } from '@aetherlearn/service-kit/auth'
import { loadConfig } from '@aetherlearn/service-kit/config'
import { heardModel, startListener } from '@aetherlearn/service-kit/listener'
import { createLive } from '@aetherlearn/service-kit/live'
import { createLogger } from '@aetherlearn/service-kit/log'
import { measureAge } from '@aetherlearn/service-kit/metrics'
import { connectMongo, mongoCheck, prepareModels } from '@aetherlearn/service-kit/mongo'
import { openObjectStore } from '@aetherlearn/service-kit/objects/open'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import { failStart, runProcess, type Opened } from '@aetherlearn/service-kit/process'
import { connectRedis, patientRedis, redisCheck } from '@aetherlearn/service-kit/redis'
import { startRounds } from '@aetherlearn/service-kit/rounds'
import { startRelay } from '@aetherlearn/service-kit/relay'
import { startTracing } from '@aetherlearn/service-kit/tracing'
import type { Logger } from 'pino'
import type { Static } from 'typebox'
import { buildApp } from './app.ts'
import { CACHE_TIMEOUT_MS, openCatalogue } from './catalogue/catalogue.ts'
import { Config } from './config.ts'
import { heardEvents } from './events.ts'
import { openVideoQueue } from './reconcile/jobs.ts'
import { startReconciler } from './reconcile/reconcile.ts'
import { createSchedule, publishDue } from './publishing/schedule.ts'
import { startRemovals } from './removal/sweep.ts'
import { openStores, type Stores } from './stores.ts'
import { startPictureSweep } from './thumbnails/sweep.ts'
import { startImportSweep } from './transfer/import.ts'
import { startSweeps } from './uploads/sweep.ts'

/** A course is published within this time after the moment that it was scheduled for. */
const SCHEDULE_ROUND_MS = 2000
/** Who is to be forgotten is so within this time, also where the instance that heard of it died. */
const ERASURE_ROUND_MS = 5000

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
    heardModel(mongo)
    await prepareModels(mongo)
    const catalogue = await startCatalogue({ cacheUrl: config.REDIS_CACHE_URL, stores, log, opened })
    const events = heardEvents(stores, live, catalogue, config.MEDIA_GRANT_SECONDS)
    const listener = startListener({ app: 'course-service', connection: mongo, redisUrl, log }, events)
    opened('listener', listener.stop)
    const relay = startRelay({ connection: mongo, outbox, redisUrl, log })
    opened('relay', relay.stop)
    const reviewRequired = config.COURSE_REVIEW_REQUIRED
    const schedule = createSchedule({ ...stores.publishing, reviewRequired })
    const publish = () => publishDue({ schedule, live })
    const publishing = { name: 'scheduled publishing', everyMs: SCHEDULE_ROUND_MS, work: publish, log }
    opened(publishing.name, startRounds(publishing).stop)
    const { objects, close } = await openObjectStore(config)
    opened('objects', close)
    await startUpkeep({ stores, objects, log, opened })
    const queue = openVideoQueue(redisUrl)
    const pace = { everyMs: config.RECONCILE_EVERY_MS, afterMs: config.RECONCILE_AFTER_MS }
    const reconciler = startReconciler({ ...pace, waiting: stores.waiting, outbox, queue, objects, log })
    opened('reconciler', reconciler.stop)
    const app = await buildApp({
      stores,
      catalogue,
      objects,
      verifyToken: createTokenVerifier({ identityUrl: config.IDENTITY_SERVICE_URL }),
      ...limitsOf(config),
      reviewRequired,
      edgeAsks: config.MEDIA_CDN_ASKS,
      live,
      checks: { mongo: mongoCheck(mongo), redis: redisCheck(redis), objects: objects.check },
      log,
    })
    measureAge(app.metrics, 'outbox_oldest_unsent_seconds', outbox.oldestDue)
    measureAge(app.metrics, 'lectures_processing_oldest_seconds', stores.waiting.oldestSince)
    return app
  })
}

const limitsOf = (config: Static<typeof Config>) => ({
  mediaSecret: config.MEDIA_SECRET,
  grantSeconds: config.MEDIA_GRANT_SECONDS,
  uploadDays: config.UPLOAD_DAYS,
  importMaxBytes: config.IMPORT_MAX_BYTES,
  packageMaxBytes: config.PACKAGE_MAX_BYTES,
  uploadLimits: { quotaBytes: config.UPLOAD_QUOTA_BYTES, maxOpenUploads: config.UPLOADS_OPEN_MAX },
})

type UpkeepDeps = { stores: Stores; objects: ObjectStore; log: Logger; opened: Opened }

/** What is over is taken away. */
async function startUpkeep({ stores, objects, log, opened }: UpkeepDeps) {
  opened('sweeps', startSweeps({ ...stores, objects }, log).stop)
  const { sweepDue } = stores.erasure
  opened('erasures', startRounds({ name: 'erasures', everyMs: ERASURE_ROUND_MS, work: sweepDue, log }).stop)
  opened('removals', (await startRemovals({ ...stores, objects }, log)).stop)
  opened('picture sweep', startPictureSweep({ ...stores, objects }, log).stop)
  opened('import sweep', startImportSweep({ ...stores, objects }, log).stop)
}

type CatalogueDeps = { cacheUrl: string; stores: Stores; log: Logger; opened: Opened }

async function startCatalogue({ cacheUrl, stores, log, opened }: CatalogueDeps) {
  const cache = await connectRedis(cacheUrl, { commandTimeoutMs: CACHE_TIMEOUT_MS })
  opened('redis-cache', () => cache.disconnect())
  // A connection that subscribes can do nothing else.
  const subscriber = patientRedis(cacheUrl)
  opened('subscriber', () => subscriber.disconnect())
  const { catalogue: store, snapshots } = stores
  const catalogue = await openCatalogue({ store, snapshots, redis: cache, subscriber, log })
  opened('catalogue', catalogue.close)
  return catalogue
}

start().catch(failStart)
