import { createLive } from '@aetherlearn/service-kit/live'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import { createAccess } from './courses/access.ts'
import { createDirectory } from './courses/directory.ts'
import { courseEvents } from './courses/events.ts'
import { createStaffStore } from './courses/staff-store.ts'
import { createCourseStore } from './courses/store.ts'
import { createDashboardParts } from './dashboard/parts.ts'
import type { OpenLog } from './eventlog/settings.ts'
import { createFiles } from './export/files.ts'
import { createExportStore } from './export/store.ts'
import { createBatches } from './flush/batches.ts'
import { createFlusher } from './flush/flusher.ts'
import { createPlaybackStore } from './flush/playback-store.ts'
import { createSketchStore } from './flush/sketch-store.ts'
import { createSketches } from './flush/sketches.ts'
import { createAnalyticsStore } from './flush/store.ts'
import { createCounters } from './ingest/counters.ts'
import { createTrafficOf } from './ingest/traffic.ts'
import { lectureEvents } from './lectures/events.ts'
import { createLectureParts } from './lectures/parts.ts'
import { createChanges } from './live/changes.ts'
import { createWatchers } from './live/watchers.ts'
import { studentEvents } from './students/events.ts'
import { openPeople } from './students/parts.ts'

export type PartsOptions = {
  mongo: MongoConnection
  /** The state Redis. */
  redis: Redis
  courseWaitMs: number
  /** How long after its last report a playback is kept. */
  playbacksKeptDays?: number
  now?: () => number
  /** Opens the log of all events, where one is kept. */
  openLog?: OpenLog | undefined
}

/** All that routes, events and the flusher work with, on one MongoDB and one Redis; starts nothing. */
export function createParts(options: PartsOptions) {
  const { mongo, redis, courseWaitMs, playbacksKeptDays = 400, now = Date.now, openLog } = options
  const eventLog = openLog?.(redis)
  const courses = createCourseStore(mongo)
  const staff = createStaffStore(mongo)
  const directory = createDirectory({ store: courses, staff, waitMs: courseWaitMs })
  const people = openPeople({ mongo, redis, now, events: eventLog?.table })
  const { students, names, erasure, activity } = people
  const analytics = createAnalyticsStore(mongo, activity)
  const playbacks = createPlaybackStore(mongo, erasure, playbacksKeptDays)
  const batches = createBatches(redis)
  const sketchStore = createSketchStore(mongo)
  const sketches = createSketches(redis, sketchStore)
  const dashboard = createDashboardParts({ mongo, redis, sketchStore, sketches, eventLog })
  const { live, readNumbers } = dashboard
  const lectures = createLectureParts({ mongo, redis, readNumbers, now })
  const { answers } = lectures
  const requireStaff = createAccess({ directory, staff })
  const watchers = createWatchers(redis, now)
  return {
    now,
    directory,
    staff,
    requireStaff,
    files: createFiles({ live, rows: createExportStore(mongo), now }),
    watchers,
    changes: createChanges({ watchers, requireStaff, live: createLive(redis) }),
    ...people,
    events: [
      ...courseEvents({ store: courses, staff, students, answers, directory }),
      ...studentEvents({ students, names, courses, erasure }),
      ...lectureEvents({ answers, courses, erasure }),
      erasure.event,
    ],
    counters: createCounters(redis, eventLog && { pack: eventLog.pack }),
    eventLog,
    trafficOf: createTrafficOf(),
    batches,
    sketchStore,
    sketches,
    playbacks,
    analytics,
    flusher: createFlusher({ batches, sketches, playbacks, analytics, now }),
    ...dashboard,
    ...lectures,
  }
}
export type Parts = ReturnType<typeof createParts>
