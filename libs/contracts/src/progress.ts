import { Type, type Static } from 'typebox'
import { completionApi } from './progress/completion.ts'
import { lateApi } from './progress/late.ts'
import { evidenceApi } from './progress/evidence-api.ts'
import { exportApi } from './progress/export.ts'
import { launchApi } from './progress/launch.ts'
import { recordKeysApi, recordsApi } from './progress/records.ts'
import { notesApi } from './progress/notes.ts'
import { packagesApi } from './progress/packages.ts'
import { TimeZone, learnerApi } from './progress/learner.ts'
import { ClaimedRanges, ClientTime, Day, PlaybackRate, SessionId, WatchedRanges } from './progress/shapes.ts'
import { Id, Instant, Message, Seconds, Strict, endpoint, event, socketCall, socketMessage } from './shape.ts'

const LectureOfCourse = { courseId: Id, lectureId: Id }

export const CourseProgress = Type.Object({
  /** Lecture id → the second to resume at. */
  watchTimes: Type.Record(Type.String(), Type.Number()),
  completionPercentage: Type.Integer({ minimum: 0, maximum: 100 }),
  completedLectures: Type.Array(Id),
  lastWatchedLecture: Type.Union([Id, Type.Null()]),
  /** Lecture id → the seconds of it that count as watched. */
  ranges: Type.Record(Type.String(), WatchedRanges),
  /** When every lecture of the course was completed for the first time. */
  completedAt: Type.Union([Instant, Type.Null()]),
})
export type CourseProgress = Static<typeof CourseProgress>

export const ActivityDay = Type.Object({ date: Day, count: Type.Integer() })
export type ActivityDay = Static<typeof ActivityDay>

export const StudentStats = Type.Object({
  currentStreak: Type.Integer(),
  longestStreak: Type.Integer(),
  totalCompleted: Type.Integer(),
  lastActiveDate: Type.Union([Day, Type.Null()]),
  /** Missed days that the streak survives. */
  freezeDays: Type.Integer(),
  /** Whose days these are. */
  timeZone: TimeZone,
})
export type StudentStats = Static<typeof StudentStats>

export const SaveReport = Strict({
  ...LectureOfCourse,
  /** The second at which the player stands. */
  watchTime: Seconds,
  sessionId: Type.Optional(SessionId),
  /**
   * By a clock that does not go back within a session: an older report does not move the position. At most five
   * minutes off the server's clock.
   */
  clientTime: Type.Optional(ClientTime),
  /** What was played since the last report; counts as far as the time that passed on the clock allows. */
  ranges: Type.Optional(ClaimedRanges),
  /** How fast it was played, 1 where it is left out. */
  rate: Type.Optional(PlaybackRate),
})
export type SaveReport = Static<typeof SaveReport>

export const Saved = Type.Object({
  message: Type.String(),
  /** Where ranges were sent: how many of their seconds count as watched. */
  acceptedSeconds: Type.Optional(Type.Number()),
})
export type Saved = Static<typeof Saved>

export const progressApi = {
  save: endpoint({
    method: 'POST',
    url: '/api/v1/progress/save',
    summary: 'Keep the position of the player and what was watched; sent every 5 s and when it is left',
    config: { access: 'signed-in', rate: 'heartbeat' },
    schema: { body: SaveReport, response: { 200: Saved } },
  }),
  complete: endpoint({
    method: 'POST',
    url: '/api/v1/progress/complete',
    summary: 'Mark a lecture as completed; doing it again changes nothing',
    config: { access: 'signed-in', rate: 'write' },
    schema: { body: Strict(LectureOfCourse), response: { 200: Message } },
  }),
  getProgress: endpoint({
    method: 'GET',
    url: '/api/v1/progress/:courseId',
    summary: 'Positions and completion of the caller in a course',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: Strict({ courseId: Id }), response: { 200: CourseProgress } },
  }),
  markActivity: endpoint({
    method: 'POST',
    url: '/api/v1/progress/heatmap/mark',
    summary:
      'Count activity today, at most once a minute and only where saves or completions stand behind it',
    config: { access: 'signed-in', rate: 'write' },
    schema: { response: { 200: Message } },
  }),
  getHeatmap: endpoint({
    method: 'GET',
    url: '/api/v1/progress/heatmap/data',
    summary: 'The active days of the last 365, oldest first',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: Type.Array(ActivityDay) } },
  }),
  getCourseProgress: endpoint({
    method: 'GET',
    url: '/api/v1/stats/course-progress',
    summary: 'Completion of every course the caller is enrolled in, in percent',
    config: { access: 'signed-in', rate: 'read' },
    schema: {
      response: { 200: Type.Array(Type.Object({ courseId: Id, progress: Type.Integer() })) },
    },
  }),
  getStudentStats: endpoint({
    method: 'GET',
    url: '/api/v1/stats/student',
    summary: 'Streaks and completed lectures of the caller',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: StudentStats } },
  }),
  ...completionApi,
  ...learnerApi,
  ...lateApi,
  ...exportApi,
  ...notesApi,
  ...packagesApi,
  ...evidenceApi,
  ...launchApi,
  ...recordsApi,
  ...recordKeysApi,
}

/** For players that keep a socket open. */
export const saveBySocket = socketCall('progress.save', progressApi.save)

export const lectureCompleted = event(
  'lecture.completed',
  Type.Object({ ...LectureOfCourse, userId: Id, at: Instant }),
)
export const courseCompleted = event(
  'course.completed',
  Type.Object({ courseId: Id, userId: Id, at: Instant }),
)

/** A position saved on one device, for the same student's others. */
export const watchPosition = socketMessage(
  'watch.position',
  Type.Object({ ...LectureOfCourse, watchTime: Seconds, sessionId: Type.Optional(SessionId) }),
)
