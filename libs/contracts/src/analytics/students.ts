import { Type, type Static } from 'typebox'
import { Id, Instant, Strict, endpoint, event } from '../shape.ts'
import { CourseRef, Percent, UtcMonth } from './shapes.ts'

/** Those who enrolled in one month. */
export const Cohort = Type.Object({
  month: UtcMonth,
  students: Type.Integer(),
  /** Of these, those who are no longer enrolled. */
  left: Type.Integer(),
  /** Have watched or completed something today or on one of the six days before. */
  activeLast7Days: Type.Integer(),
  completed: Type.Integer(),
  averageWatchTimeSeconds: Type.Number(),
  averageProgressPercent: Percent,
  /**
   * Share who watched or completed something in the n-th week from the day on which they enrolled, of those for whom that
   * week has begun; it ends where it has for nobody.
   */
  retentionPercent: Type.Array(Percent),
})
export type Cohort = Static<typeof Cohort>

/** A rule that a student meets, in a sentence with its numbers. */
export const RiskReason = Type.Object({
  rule: Type.Enum(['never-started', 'inactive', 'behind', 'slowing-down'], { type: 'string' }),
  explanation: Type.String(),
})
export type RiskReason = Static<typeof RiskReason>

export const StudentAtRisk = Type.Object({
  userId: Id,
  /** Absent for a moment after somebody registered. */
  fullName: Type.Optional(Type.String()),
  enrolledAt: Instant,
  lastActiveAt: Type.Union([Instant, Type.Null()]),
  progressPercent: Percent,
  watchTimeSeconds: Type.Number(),
  /** At least one; the more, the higher the risk. */
  reasons: Type.Array(RiskReason),
})
export type StudentAtRisk = Static<typeof StudentAtRisk>

export const studentStatisticsApi = {
  getCohorts: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/cohorts',
    summary: 'The students of a course by the month in which they enrolled',
    config: { access: 'instructor', rate: 'read' },
    schema: { params: CourseRef, response: { 200: Type.Object({ cohorts: Type.Array(Cohort) }) } },
  }),
  listStudentsAtRisk: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/at-risk',
    summary:
      'Students who may be about to give up, those with the most reasons first, and the rules in words',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: CourseRef,
      querystring: Strict({ limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }) }),
      response: {
        200: Type.Object({
          students: Type.Array(StudentAtRisk),
          /** All of them, also those beyond `limit`. */
          total: Type.Integer(),
          enrolled: Type.Integer(),
          rules: Type.Record(Type.String(), Type.String()),
        }),
      },
    },
  }),
}

/** A student’s answer to a question, graded; `attempt` counts from 1. */
export const questionAnswered = event(
  'question.answered',
  Type.Object({
    courseId: Id,
    lectureId: Id,
    questionId: Id,
    userId: Id,
    attempt: Type.Integer({ minimum: 1 }),
    /** Share of the points, 0 to 1. */
    score: Type.Number({ minimum: 0, maximum: 1 }),
    at: Instant,
  }),
)
