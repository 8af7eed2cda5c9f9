import { Type, type Static } from 'typebox'
import { Id, Seconds, Strict, endpoint } from '../shape.ts'
import { CourseRef, LectureName, Percent, Segment } from './shapes.ts'

/** What each field means stands in `definitions`. Averages over seconds are to a tenth. */
export const HeatSegment = Type.Object({
  ...Segment,
  watched: Type.Number(),
  rewatched: Type.Number(),
  skipped: Type.Number(),
  left: Type.Integer(),
  heat: Percent,
})
export type HeatSegment = Static<typeof HeatSegment>

/**
 * A stretch that stands out among those of ten seconds, whatever length the segments have; `reason` is a sentence for the
 * instructor.
 */
export const Hotspot = Type.Object({
  ...Segment,
  kind: Type.Enum(['rewatched', 'skipped', 'left'], { type: 'string' }),
  reason: Type.String(),
})
export type Hotspot = Static<typeof Hotspot>

export const LectureHeat = Type.Object({
  ...LectureName,
  /** 0: not known. */
  durationSeconds: Seconds,
  segmentSeconds: Type.Integer(),
  /** Those of which the player told what was played. */
  playbacks: Type.Integer(),
  /** True: watched by fewer than five students, so there are no segments. */
  hidden: Type.Boolean(),
  segments: Type.Array(HeatSegment),
  hotspots: Type.Array(Hotspot),
})
export type LectureHeat = Static<typeof LectureHeat>

/** Null where there is too little to tell. */
const KnownPercent = Type.Union([Percent, Type.Null()])

/** As stored: what was watched since the last flush is not in it. */
export const LectureDifficulty = Type.Object({
  ...LectureName,
  uniqueStudents: Type.Integer(),
  /** From 0, easy, to 100: half of it for not completing, a quarter each for watching again and for leaving early. */
  difficulty: KnownPercent,
  /** Share of its students who completed it. */
  completedPercent: KnownPercent,
  /** Share of what was played that was played again within one playback. */
  rewatchedPercent: KnownPercent,
  /** Share of the playbacks that did not come to the last tenth. */
  leftEarlyPercent: KnownPercent,
  /** Sentences: what the difficulty is made of, the heaviest first; or why there is none. */
  reasons: Type.Array(Type.String()),
})
export type LectureDifficulty = Static<typeof LectureDifficulty>

/** Classical item analysis over the first answers of at most the 2,000 students who answered last. */
export const QuestionDifficulty = Type.Object({
  lectureId: Id,
  questionId: Id,
  students: Type.Integer(),
  /** The p-value of item analysis: the mean score of the first answers, 0 to 1; the lower, the harder. Null: too few. */
  easiness: Type.Union([Type.Number(), Type.Null()]),
  /**
   * Correlation between the score of this question and that of the student’s other questions, -1 to 1; below 0.2 the
   * question does not tell who knows the matter. Null where all scored alike, or too few.
   */
  discrimination: Type.Union([Type.Number(), Type.Null()]),
})
export type QuestionDifficulty = Static<typeof QuestionDifficulty>

export const lectureStatisticsApi = {
  getHeat: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/lecture/:lectureId/heat',
    summary: 'Which stretches of a lecture are watched, watched again, skipped and left',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: Strict({ courseId: Id, lectureId: Id }),
      querystring: Strict({ segmentSeconds: Type.Integer({ minimum: 1, maximum: 10, default: 10 }) }),
      response: { 200: LectureHeat },
    },
  }),
  getDifficulty: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/difficulty',
    summary: 'Which lectures and questions are hard, and what tells so',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: CourseRef,
      response: {
        200: Type.Object({
          lectures: Type.Array(LectureDifficulty),
          questions: Type.Array(QuestionDifficulty),
        }),
      },
    },
  }),
}
