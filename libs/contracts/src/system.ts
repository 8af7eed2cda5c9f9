import { analyticsApi } from './analytics.ts'
import { watchDashboardBySocket } from './analytics/dashboard.ts'
import { mailJob } from './analytics/messages.ts'
import { questionAnswered } from './analytics/students.ts'
import { webhookJob } from './analytics/webhooks.ts'
import { courseApi } from './course.ts'
import {
  courseChanged,
  courseDeleted,
  coursePublished,
  courseStaffChanged,
  courseWithdrawn,
  enrolmentCreated,
  enrolmentEnded,
} from './course/events.ts'
import { erasureDone, identityApi, userErased, userRegistered, userUpdated } from './identity.ts'
import { mediaDiscarded, mediaFailed, mediaPlayable, mediaReady, videoJob } from './media.ts'
import { courseCompleted, lectureCompleted, progressApi, saveBySocket } from './progress.ts'
import type { Api, EventType, JobType, SocketCall } from './shape.ts'
import { tusApi } from './tus.ts'
import { uploadApi } from './upload.ts'

/** What an app cannot run without. `objects` is the object store, `ffmpeg` the programs ffmpeg and ffprobe. */
export type Need = 'mongo' | 'redis-state' | 'redis-cache' | 'objects' | 'ffmpeg'

export type AppSpec = {
  kind: 'gateway' | 'service' | 'worker' | 'site'
  /** Absent for a site: the gateway serves its built files. */
  port?: number
  needs: readonly Need[]
  /** Apps it sends requests to, by `<NAME>_URL`. */
  calls: readonly string[]
  apis: readonly Api[]
  /** Those of its endpoints that browsers may call over their socket. */
  socketCalls: readonly SocketCall[]
  says: readonly EventType[]
  hears: readonly EventType[]
  /** Jobs it adds. */
  sends: readonly JobType[]
  /** Jobs it works on. */
  works: readonly JobType[]
}

const quiet = { apis: [], socketCalls: [], says: [], hears: [], sends: [], works: [] }
const needs = ['mongo', 'redis-state'] as const

/** The map: every app, its place, and the lines between them. Routing, start-up and deployment read it. */
export const system = {
  gateway: {
    ...quiet,
    kind: 'gateway',
    port: 8080,
    needs: ['redis-state', 'redis-cache'],
    calls: ['identity-service', 'course-service', 'progress-service', 'analytics-service'],
  },
  'identity-service': {
    ...quiet,
    kind: 'service',
    port: 4001,
    needs,
    calls: [],
    apis: [identityApi],
    says: [userRegistered, userUpdated, userErased],
    hears: [erasureDone],
  },
  'course-service': {
    ...quiet,
    kind: 'service',
    port: 4002,
    needs: [...needs, 'redis-cache', 'objects'],
    calls: ['identity-service'],
    apis: [courseApi, uploadApi, tusApi],
    says: [
      courseChanged,
      coursePublished,
      courseWithdrawn,
      courseStaffChanged,
      enrolmentCreated,
      enrolmentEnded,
      courseDeleted,
      mediaDiscarded,
      erasureDone,
    ],
    hears: [courseChanged, mediaPlayable, mediaReady, mediaFailed, userRegistered, userUpdated, userErased],
    sends: [videoJob],
  },
  'video-worker': {
    ...quiet,
    kind: 'worker',
    port: 4003,
    needs: ['mongo', 'redis-state', 'objects', 'ffmpeg'],
    calls: [],
    says: [mediaPlayable, mediaReady, mediaFailed],
    hears: [mediaDiscarded],
    works: [videoJob],
  },
  'progress-service': {
    ...quiet,
    kind: 'service',
    port: 4004,
    needs: [...needs, 'redis-cache'],
    calls: ['identity-service'],
    apis: [progressApi],
    socketCalls: [saveBySocket],
    says: [lectureCompleted, courseCompleted, erasureDone],
    hears: [
      coursePublished,
      courseStaffChanged,
      courseWithdrawn,
      courseDeleted,
      enrolmentCreated,
      enrolmentEnded,
      userErased,
      questionAnswered,
    ],
  },
  'analytics-service': {
    ...quiet,
    kind: 'service',
    port: 4005,
    needs,
    calls: ['identity-service'],
    apis: [analyticsApi],
    socketCalls: [watchDashboardBySocket],
    sends: [mailJob, webhookJob],
    works: [mailJob, webhookJob],
    says: [erasureDone],
    hears: [
      coursePublished,
      courseStaffChanged,
      courseDeleted,
      enrolmentCreated,
      enrolmentEnded,
      lectureCompleted,
      courseCompleted,
      userRegistered,
      userUpdated,
      userErased,
      questionAnswered,
    ],
  },
  web: { ...quiet, kind: 'site', needs: [], calls: ['gateway'] },
} as const satisfies Record<string, AppSpec>

/**
 * What Node.js runs every app with; the image has the same. A small young generation (8 MiB a half, where V8 goes up to 64)
 * is collected in 2 to 5 ms instead of 10 to 30, at less cost in all, and takes 100 MiB less. The old generation may double
 * before it is collected, which stops requests for tens of milliseconds; and nothing is born old because of a rush.
 */
export const nodeFlags = [
  '--max-semi-space-size=8',
  '--heap-growing-percent=100',
  '--no-allocation-site-pretenuring',
]

export type AppName = keyof typeof system
export const appNames = Object.keys(system) as AppName[]

/** The map without literal types, for code that walks over all of it. */
export const apps: Record<AppName, AppSpec> = system

/** Which apps an event goes to. */
export const listenersOf = (eventName: string): AppName[] =>
  appNames.filter((name) => apps[name].hears.some((event) => event.name === eventName))

/** The environment variable in which an app finds another's address: `IDENTITY_SERVICE_URL`. */
export const urlVariable = (name: string) => `${name.replaceAll('-', '_').toUpperCase()}_URL`
