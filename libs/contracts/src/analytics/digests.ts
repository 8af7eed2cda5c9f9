import { Type, type Static } from 'typebox'
import { Id, Instant, Strict, endpoint } from '../shape.ts'
import { Hotspot, LectureDifficulty } from './lectures.ts'
import { CourseRef, LectureName, UtcDay } from './shapes.ts'
import { RiskReason } from './students.ts'

/** Of the week, and of the one before it. */
const TwoWeeks = Type.Object({ week: Type.Number(), before: Type.Number() })
export type TwoWeeks = Static<typeof TwoWeeks>

/** A course’s week, made on the Monday after it. */
export const WeeklyDigest = Type.Object({
  /** Its Monday; weeks are those of UTC. */
  week: UtcDay,
  madeAt: Instant,
  numbers: Type.Object({
    /** Who watched anything. */
    students: TwoWeeks,
    watchTimeSeconds: TwoWeeks,
    playbacks: TwoWeeks,
    enrolments: TwoWeeks,
    /** Students who completed the course. */
    completions: TwoWeeks,
  }),
  /** All who are at risk. */
  atRisk: Type.Integer(),
  /** Of these, who was not when the digest before was made. */
  newAtRisk: Type.Integer(),
  /** The first of them, without those who want to be in no list. */
  students: Type.Array(
    Type.Object({ userId: Id, fullName: Type.Optional(Type.String()), reasons: Type.Array(RiskReason) }),
  ),
  /** Of the lectures that were watched most in the week. */
  hotspots: Type.Array(Type.Object({ ...LectureName, ...Hotspot.properties })),
  hardest: Type.Union([
    Type.Object({
      ...LectureName,
      difficulty: Type.Number(),
      reasons: LectureDifficulty.properties.reasons,
    }),
    Type.Null(),
  ]),
})
export type WeeklyDigest = Static<typeof WeeklyDigest>

export const digestApi = {
  listDigests: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/digests',
    summary: 'The weeks of a course, newest first',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: CourseRef,
      querystring: Strict({
        limit: Type.Integer({ minimum: 1, maximum: 60, default: 10 }),
        /** Weeks before this Monday. */
        before: Type.Optional(UtcDay),
      }),
      response: { 200: Type.Object({ digests: Type.Array(WeeklyDigest) }) },
    },
  }),
}
