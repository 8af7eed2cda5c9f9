import { createErasure } from '@aetherlearn/service-kit/erasure'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { createLive } from '@aetherlearn/service-kit/live'
import { createOutbox, type Outbox } from '@aetherlearn/service-kit/outbox'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { createActivityStore } from './activity/store.ts'
import { createCompletion, type CompletionDeps } from './completion/completion.ts'
import { createCountStore } from './completion/counts-store.ts'
import { answerEvents } from './completion/events.ts'
import { createResultStore } from './completion/results-store.ts'
import { createCompletionStore, type CompletionStoreDeps } from './completion/store.ts'
import { createDirectory } from './courses/directory.ts'
import { courseEvents } from './courses/events.ts'
import type { OpenCourseCache } from './courses/memory.ts'
import { createPackageStore } from './courses/packages-store.ts'
import { createStaffStore } from './courses/staff-store.ts'
import { createCourseStore } from './courses/store.ts'
import { createDueStore } from './evidence/due-store.ts'
import { openEvidence } from './evidence/parts.ts'
import { createPlaceStore } from './evidence/place-store.ts'
import { createCopier } from './history/copier.ts'
import { createPendingStore } from './history/pending-store.ts'
import type { History } from './history/port.ts'
import type { OpenHistory } from './history/settings.ts'
import { createLateStore } from './late/store.ts'
import { createNamesStore } from './notes/names-store.ts'
import { createNoteStore } from './notes/store.ts'
import { createStateStore } from './packages/store.ts'
import { createPersonalStore } from './personal/store.ts'
import { createSweep, heldBy, type HeldDeps, type SweepDeps } from './personal/sweep.ts'
import { createPositionBuffer } from './watch/buffer.ts'
import { createFlusher } from './watch/flusher.ts'
import { openRecords } from './records/parts.ts'
import { createProgressStore, progressModel } from './watch/store.ts'

export type PartsOptions = {
  mongo: MongoConnection
  /** The state Redis. */
  redis: Redis
  openCourseCache: OpenCourseCache
  openHistory: OpenHistory
  log: Pick<Logger, 'warn'>
  enrolmentWaitMs: number
  now?: () => number
  /** Of evidence: a private key, or '' for one that is made. */
  signingKey?: string
  /** How many late reports are kept of one student. */
  lateLimit?: number | undefined
}

/** All that routes, events and the flusher work with, on one MongoDB and one Redis; starts nothing. */
export function createParts(options: PartsOptions) {
  const { mongo, redis, openHistory, signingKey = '', log, now = Date.now } = options
  const outbox = createOutbox(mongo)
  const known = openCourses(options)
  const { courses, directory } = known
  const activities = openActivities(mongo, openHistory(mongo))
  const { activity } = activities
  const Progress = progressModel(mongo)
  const progress = createProgressStore(Progress)
  const buffer = createPositionBuffer(redis)
  const live = createLive(redis)
  const { course } = directory
  const completion = openCompletion(mongo, {
    ...{ Progress, outbox, activity, courses, course },
    ...{ buffer, live, log, now },
  })
  const kept = { buffer, directory, history: activities.copier }
  const { personal, erasure } = openPersonal({ mongo, outbox, now }, kept)
  return {
    now,
    outbox,
    ...known,
    events: [
      ...courseEvents({ ...known, store: courses, erasure }),
      ...answerEvents({ completion, erasure }),
      erasure.event,
    ],
    buffer,
    progress,
    personal,
    erasure,
    flusher: createFlusher({
      ...{ buffer, store: progress, log, now },
      onStored: completion.afterFlush,
      sweepErased: erasure.sweepAmong,
    }),
    completion,
    counts: createCountStore(Progress),
    ...activities,
    late: createLateStore({ connection: mongo, Progress, activity, limit: options.lateLimit }),
    live,
    notes: createNoteStore(mongo),
    packageStates: createStateStore(mongo),
    records: openRecords(mongo, { ...known, completion, now }),
    evidence: openEvidence({ mongo, ...activities, ...known, erasure, signingKey, log, now }),
  }
}

/** What course-service says of courses, their lectures and who is in them. */
function openCourses({ mongo, openCourseCache, enrolmentWaitMs }: PartsOptions) {
  const courses = createCourseStore(mongo)
  const directory = createDirectory({ store: courses, openCache: openCourseCache, waitMs: enrolmentWaitMs })
  const [names, packages] = [createNamesStore(mongo), createPackageStore(mongo)]
  return { courses, directory, names, packages, staff: createStaffStore(mongo) }
}

type CompletionParts = Omit<CompletionStoreDeps & CompletionDeps, 'connection' | 'results' | 'store'>
/** What completes lectures, be it watched, said or reported. */
function openCompletion(mongo: MongoConnection, deps: CompletionParts) {
  const results = createResultStore(mongo)
  const store = createCompletionStore({ ...deps, connection: mongo, results })
  return createCompletion({ ...deps, store, results })
}

type PersonalOptions = { mongo: MongoConnection; outbox: Outbox; now: () => number }
type PersonalDeps = Omit<SweepDeps, 'personal' | 'places'> & Omit<HeldDeps, 'personal'>
/** What is held about a person can be read by them, and is removed when they are erased. */
function openPersonal({ mongo, outbox, now }: PersonalOptions, deps: PersonalDeps) {
  const personal = createPersonalStore(mongo)
  const places = createPlaceStore(mongo)
  const erasure = createErasure({
    connection: mongo,
    service: 'progress-service',
    outbox,
    sweep: createSweep({ personal, places, ...deps }),
    held: heldBy({ personal, ...deps }),
    now,
  })
  return { personal, erasure }
}

/** What students did, counted by day here and written down in the history. */
function openActivities(mongo: MongoConnection, history: History) {
  const pending = createPendingStore(mongo)
  const activity = createActivityStore(mongo, pending)
  const due = createDueStore(mongo)
  return { activity, pending, history, due, copier: createCopier({ pending, history, onCopied: due.mark }) }
}
export type Parts = ReturnType<typeof createParts>
