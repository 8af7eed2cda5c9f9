import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import type { Unnamed } from '../consent/unnamed.ts'
import type { ActivityStore } from '../students/activity-store.ts'
import { createBatches } from './batches.ts'
import { createFlusher } from './flusher.ts'
import { createPlaybackStore } from './playback-store.ts'
import { createSketchStore } from './sketch-store.ts'
import { createSketches } from './sketches.ts'
import { createAnalyticsStore } from './store.ts'

export type FlushPartsOptions = {
  mongo: MongoConnection
  redis: Redis
  activity: ActivityStore
  unnamed: Unnamed
  playbacksKeptDays: number
  now: () => number
}

/** What counts are brought from Redis into MongoDB with. */
export function createFlushParts(options: FlushPartsOptions) {
  const { mongo, redis, activity, unnamed, playbacksKeptDays, now } = options
  const batches = createBatches(redis)
  const sketchStore = createSketchStore(mongo)
  const sketches = createSketches(redis, sketchStore)
  const playbacks = createPlaybackStore(mongo, unnamed, playbacksKeptDays)
  const analytics = createAnalyticsStore(mongo, { activity, unnamed })
  const flusher = createFlusher({ batches, sketches, playbacks, analytics, now })
  return { batches, sketchStore, sketches, playbacks, analytics, flusher }
}
