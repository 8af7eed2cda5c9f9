import { createLive } from '@aetherlearn/service-kit/live'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import { createAccess } from './courses/access.ts'
import { createDirectory } from './courses/directory.ts'
import { courseEvents } from './courses/events.ts'
import { createStaffStore } from './courses/staff-store.ts'
import { createCourseStore } from './courses/store.ts'
import { createLiveReader } from './dashboard/live.ts'
import { createReader } from './dashboard/reader.ts'
import { createBatches } from './flush/batches.ts'
import { createFlusher } from './flush/flusher.ts'
import { createSketchStore } from './flush/sketch-store.ts'
import { createSketches } from './flush/sketches.ts'
import { createAnalyticsStore } from './flush/store.ts'
import { createCounters } from './ingest/counters.ts'
import { createChanges } from './live/changes.ts'
import { createWatchers } from './live/watchers.ts'

export type PartsOptions = {
  mongo: MongoConnection
  /** The state Redis. */
  redis: Redis
  courseWaitMs: number
  now?: () => number
}

/** All that routes, events and the flusher work with, on one MongoDB and one Redis; starts nothing. */
export function createParts({ mongo, redis, courseWaitMs, now = Date.now }: PartsOptions) {
  const courses = createCourseStore(mongo)
  const staff = createStaffStore(mongo)
  const directory = createDirectory({ store: courses, waitMs: courseWaitMs })
  const analytics = createAnalyticsStore(mongo)
  const batches = createBatches(redis)
  const sketchStore = createSketchStore(mongo)
  const sketches = createSketches(redis, sketchStore)
  const live = createLiveReader(redis)
  const requireStaff = createAccess({ directory, staff })
  const watchers = createWatchers(redis, now)
  return {
    now,
    directory,
    staff,
    requireStaff,
    watchers,
    changes: createChanges({ watchers, requireStaff, live: createLive(redis) }),
    events: courseEvents({ store: courses, staff, directory }),
    counters: createCounters(redis),
    batches,
    sketchStore,
    sketches,
    analytics,
    flusher: createFlusher({ batches, sketches, analytics, now }),
    live,
    readNumbers: createReader({ live, sketches, analytics }),
  }
}
export type Parts = ReturnType<typeof createParts>
