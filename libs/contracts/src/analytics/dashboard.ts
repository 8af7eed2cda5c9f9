import { Type, type Static } from 'typebox'
import { Id, Instant, Message, Strict, endpoint, socketCall, socketMessage } from '../shape.ts'
import { CourseRef, LectureName, Numbers, UtcDay } from './shapes.ts'

const RankedLecture = Type.Union([
  Type.Object({ ...LectureName, watchTimeSeconds: Type.Number() }),
  Type.Null(),
])

/** What was left out of all other numbers, and why. */
export const KeptApart = Type.Object({
  ownViews: Type.Integer(),
  ownWatchTimeSeconds: Type.Number(),
  botReports: Type.Integer(),
  replayedSeconds: Type.Number(),
})
export type KeptApart = Static<typeof KeptApart>

/** What each field means stands in `definitions`. */
export const Overview = Type.Object({
  totalViews: Type.Integer(),
  uniqueActiveUsers: Type.Integer(),
  averageWatchTimeSeconds: Type.Number(),
  totalWatchTimeSeconds: Type.Number(),
  mostWatchedLecture: RankedLecture,
  /** Null as well where the course has one lecture. */
  leastWatchedLecture: RankedLecture,
  keptApart: KeptApart,
  /** The moment these numbers are true for: they are read live. */
  asOf: Instant,
  /** Up to when the counts are stored for good; null before the first time. */
  storedAt: Type.Union([Instant, Type.Null()]),
})
export type Overview = Static<typeof Overview>

/** One step of the funnel, in curriculum order. */
export const FunnelStep = Type.Object({
  ...LectureName,
  views: Type.Integer(),
  uniqueStudents: Type.Integer(),
  watchTimeSeconds: Type.Number(),
  dropOffPercent: Type.Number(),
})
export type FunnelStep = Static<typeof FunnelStep>

/** A place in the ranking of lectures: the first was watched most for its length. */
export const RankedByLength = Type.Object({
  ...LectureName,
  uniqueMinutes: Type.Number(),
  /** Null where its length is not known; such lectures come last. */
  timesThrough: Type.Union([Type.Number(), Type.Null()]),
})
export type RankedByLength = Static<typeof RankedByLength>

export const DayNumbers = Type.Object({ date: UtcDay, ...Numbers.properties })
export type DayNumbers = Static<typeof DayNumbers>

export const Dashboard = Type.Object({
  overview: Overview,
  engagementFunnel: Type.Array(FunnelStep),
  /** All lectures, the one that was watched most for its length first. */
  ranking: Type.Array(RankedByLength),
  /** The last days up to today, oldest first, without gaps. */
  byDay: Type.Array(DayNumbers),
  /** Name of a number → what it means. */
  definitions: Type.Record(Type.String(), Type.String()),
})
export type Dashboard = Static<typeof Dashboard>

const Period = Type.Object({
  from: UtcDay,
  /** Including this day. */
  to: UtcDay,
  ...Numbers.properties,
  averageWatchTimeSeconds: Type.Number(),
})
const LecturePeriod = Type.Object({
  views: Type.Integer(),
  watchTimeSeconds: Type.Number(),
  /** Counted one by one, without those who were erased since or do not want to be known. */
  uniqueStudents: Type.Integer(),
})
/** Percent more than before, negative for less; null where there was nothing before. */
const Change = Type.Union([Type.Number(), Type.Null()])

export const Comparison = Type.Object({
  period: Period,
  against: Period,
  change: Type.Object({
    views: Change,
    playbacks: Change,
    watchTimeSeconds: Change,
    uniqueStudents: Change,
    averageWatchTimeSeconds: Change,
  }),
  /** In curriculum order. */
  lectures: Type.Array(Type.Object({ ...LectureName, period: LecturePeriod, against: LecturePeriod })),
})
export type Comparison = Static<typeof Comparison>

/** Ends after a minute unless it is asked for again. */
const watchDashboard = endpoint({
  method: 'POST',
  url: '/api/v1/analytics/instructor/watch',
  summary: 'Be told by `dashboard.changed` whenever a course’s numbers move, for the next minute',
  config: { access: 'instructor', rate: 'read' },
  schema: { body: Strict({ courseId: Id }), response: { 200: Message } },
})
export const watchDashboardBySocket = socketCall('dashboard.watch', watchDashboard)

/** The numbers of a course have moved; at most once a second. Whoever hears it reads the dashboard again. */
export const dashboardChanged = socketMessage('dashboard.changed', Type.Object({ courseId: Id }))

export const dashboardApi = {
  getDashboard: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId',
    summary: 'The live dashboard of a course, for those who work on it',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: CourseRef,
      querystring: Strict({ days: Type.Integer({ minimum: 1, maximum: 365, default: 30 }) }),
      response: { 200: Dashboard },
    },
  }),
  /** Periods of at most 366 days each. */
  comparePeriods: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/compare',
    summary: 'Two periods of a course side by side',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: CourseRef,
      querystring: Strict({ from: UtcDay, to: UtcDay, againstFrom: UtcDay, againstTo: UtcDay }),
      response: { 200: Comparison },
    },
  }),
  watchDashboard,
}
