import { Type, type Static } from 'typebox'
import { SessionId } from './progress/shapes.ts'
import { Id, Instant, Message, Strict, endpoint } from './shape.ts'

const LectureName = { lectureId: Id, lectureTitle: Type.String() }

export const Overview = Type.Object({
  /** Times the landing page was opened. */
  totalViews: Type.Integer(),
  /** Students with any watch time; HyperLogLog, standard error 0.81 %. */
  uniqueActiveUsers: Type.Integer(),
  averageWatchTimeSeconds: Type.Number(),
  totalWatchTimeSeconds: Type.Number(),
  mostWatchedLecture: Type.Union([
    Type.Object({ ...LectureName, watchTimeSeconds: Type.Number() }),
    Type.Null(),
  ]),
  /** The moment these numbers are true for. */
  asOf: Instant,
})

/** One step of the funnel, in curriculum order. */
export const FunnelStep = Type.Object({
  ...LectureName,
  /** Playback sessions: once per session id, or once per student, lecture and 30 minutes without one. */
  views: Type.Integer(),
  uniqueStudents: Type.Integer(),
  watchTimeSeconds: Type.Number(),
  /** Share of the previous step's unique students who did not reach this one; 0 for the first. */
  dropOffPercent: Type.Number(),
})

export const Dashboard = Type.Object({ overview: Overview, engagementFunnel: Type.Array(FunnelStep) })
export type Dashboard = Static<typeof Dashboard>

const CourseRef = Strict({ courseId: Id })

export const analyticsApi = {
  trackView: endpoint({
    method: 'POST',
    url: '/api/v1/analytics/view/:courseId',
    summary: 'Count a view of a course’s landing page',
    config: { access: 'signed-in', rate: 'heartbeat' },
    schema: { params: CourseRef, response: { 200: Message } },
  }),
  trackTelemetry: endpoint({
    method: 'POST',
    url: '/api/v1/analytics/telemetry',
    summary: 'Add seconds watched since the last report of this player',
    config: { access: 'signed-in', rate: 'heartbeat' },
    schema: {
      body: Strict({
        courseId: Id,
        lectureId: Id,
        /** Clamped to the time that really passed since the student’s last report. */
        watchTimeDelta: Type.Number({ minimum: 0, maximum: 60 }),
        sessionId: Type.Optional(SessionId),
      }),
      response: { 200: Message },
    },
  }),
  getDashboard: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId',
    summary: 'The live dashboard of a course, for its creator',
    config: { access: 'instructor', rate: 'read' },
    schema: { params: CourseRef, response: { 200: Dashboard } },
  }),
}
