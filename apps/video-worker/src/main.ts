import { availableParallelism } from 'node:os'
import { loadConfig } from '@aetherlearn/service-kit/config'
import { heardModel, startListener } from '@aetherlearn/service-kit/listener'
import { createLive } from '@aetherlearn/service-kit/live'
import { createLogger } from '@aetherlearn/service-kit/log'
import { measureAge } from '@aetherlearn/service-kit/metrics'
import { connectMongo, mongoCheck, prepareModels } from '@aetherlearn/service-kit/mongo'
import { openObjectStore } from '@aetherlearn/service-kit/objects/open'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import { failStart, runProcess } from '@aetherlearn/service-kit/process'
import { connectRedis, redisCheck } from '@aetherlearn/service-kit/redis'
import { startRelay } from '@aetherlearn/service-kit/relay'
import { startTracing } from '@aetherlearn/service-kit/tracing'
import type { Logger } from 'pino'
import { Histogram, type Registry } from 'prom-client'
import { buildApp } from './app.ts'
import { Config, programSettingsOf, sourceSettingsOf } from './config.ts'
import { mediaEvents } from './media/events.ts'
import { startVideoWorker } from './media/jobs.ts'
import { createProgress } from './media/progress.ts'
import { createMediaStore } from './media/store.ts'
import { createTaskStore } from './media/task-store.ts'
import { openWorkFolder } from './media/work-folder.ts'
import { chooseEncoder } from './transcode/encoder.ts'
import type { EncodeSettings } from './transcode/picture.ts'
import { openPrograms } from './transcode/programs.ts'
import type { Programs } from './transcode/run.ts'

const start = async () => {
  const config = loadConfig(Config, process.env)
  const log = createLogger('video-worker', config.LOG_LEVEL)
  const programs = await openPrograms(programSettingsOf(config), (reason, message) =>
    log.warn({ reason }, message),
  )
  const stopTracing = await startTracing('video-worker', config.OTEL_EXPORTER_OTLP_ENDPOINT)
  await runProcess(config, log, async (opened) => {
    opened('tracing', stopTracing)
    const mongo = await connectMongo({ url: config.MONGO_URL, database: config.MONGO_DATABASE })
    opened('mongo', () => mongo.close())
    const redis = await connectRedis(config.REDIS_STATE_URL)
    opened('redis', () => redis.disconnect())
    const outbox = createOutbox(mongo)
    const media = createMediaStore(mongo, outbox)
    const tasks = createTaskStore(mongo)
    heardModel(mongo)
    await prepareModels(mongo)
    const redisUrl = config.REDIS_STATE_URL
    const listener = startListener(
      { app: 'video-worker', connection: mongo, redisUrl, log },
      mediaEvents(media),
    )
    opened('listener', listener.stop)
    const relay = startRelay({ connection: mongo, outbox, redisUrl, log })
    opened('relay', relay.stop)
    const { objects, close } = await openObjectStore(config)
    opened('objects', close)
    const checks = { mongo: mongoCheck(mongo), redis: redisCheck(redis), objects: objects.check }
    const app = await buildApp({ checks, log })
    measureAge(app.metrics, 'outbox_oldest_unsent_seconds', outbox.oldestDue)
    const { durations, stages } = measuresIn(app.metrics)
    const workFolder = await openWorkFolder(config.WORK_FOLDER)
    opened('work folder', workFolder.close)
    const worker = startVideoWorker({
      media,
      tasks,
      objects,
      source: sourceSettingsOf(config),
      workFolder,
      ...(await encodingOf(config, programs, log)),
      format: config.SEGMENTS,
      partSeconds: config.PART_SECONDS,
      redisUrl,
      progress: createProgress(redis),
      live: createLive(redis),
      log,
      concurrency: config.CONCURRENCY,
      lockDurationMs: config.LOCK_DURATION_MS,
      stalledCheckMs: config.STALLED_CHECK_MS,
      retryDelayMs: config.RETRY_DELAY_MS,
      onOutcome: (outcome, seconds) => durations.observe({ outcome }, seconds),
      onStage: (stage, seconds) => stages.observe({ stage }, seconds),
    })
    opened('worker', worker.stop)
    return app
  })
}

const buckets = [1, 5, 15, 60, 300, 900, 3600]
const measuresIn = (registry: Registry) => ({
  durations: new Histogram({
    name: 'video_processing_seconds',
    help: 'From taking a video up to its end, by outcome; of one in parts, from when they are all made',
    labelNames: ['outcome'] as const,
    buckets,
    registers: [registry],
  }),
  stages: new Histogram({
    name: 'video_stage_seconds',
    help: 'Of videos in parts: cutting them, and joining what was made of the parts',
    labelNames: ['stage'] as const,
    buckets,
    registers: [registry],
  }),
})

async function encodingOf(config: Config, found: Programs, log: Logger) {
  const { encoder, programs, works, why } = await chooseEncoder(config.VIDEO_ENCODER, found)
  if (works) log.info({ encoder, why }, 'encoder chosen')
  else log.warn({ encoder, why }, 'the graphics card does not encode, and is tried again for each video')
  const settings: EncodeSettings = {
    encoder,
    preset: config.X264_PRESET,
    threads: config.FFMPEG_THREADS === 0 ? availableParallelism() : config.FFMPEG_THREADS,
    onGpuFault: (errors) => log.warn({ errors }, 'encoding without the graphics card'),
  }
  return { programs, settings }
}

start().catch(failStart)
