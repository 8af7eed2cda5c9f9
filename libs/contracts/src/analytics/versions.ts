import { Type, type Static } from 'typebox'
import { Id, Instant, Seconds, Strict, endpoint } from '../shape.ts'
import { LectureName } from './shapes.ts'

/** A video that the lecture had, or has. */
export const LectureVersion = Type.Object({
  videoId: Type.String(),
  /** When students got to see it; the last time, where it came back. */
  since: Instant,
  /** Null for the one that they see now. */
  until: Type.Union([Instant, Type.Null()]),
  /** 0: not known. */
  durationSeconds: Seconds,
})
export type LectureVersion = Static<typeof LectureVersion>

/** What was measured, and between what the true value lies with 95 % confidence; in percent. */
export const Estimate = Type.Object({ value: Type.Number(), low: Type.Number(), high: Type.Number() })
export type Estimate = Static<typeof Estimate>

export const VersionMeasure = Type.Object({
  /** What each means stands in `definitions`. */
  measure: Type.Enum(['versionWatched', 'versionCompleted', 'versionLeftEarly', 'versionRewatched'], {
    type: 'string',
  }),
  a: Estimate,
  b: Estimate,
  /** `b` less `a`, in percentage points. */
  difference: Estimate,
  /** The difference is larger than chance explains. */
  differs: Type.Boolean(),
  /** A sentence with the numbers. */
  verdict: Type.String(),
})
export type VersionMeasure = Static<typeof VersionMeasure>

const Side = Type.Object({ videoId: Type.String(), students: Type.Integer(), playbacks: Type.Integer() })
export const VersionComparison = Type.Object({
  a: Side,
  b: Side,
  /** Who saw both versions; they are in no other number here. */
  sawBoth: Type.Integer(),
  /** True: fewer than five students saw one of the two, so nothing is measured. */
  hidden: Type.Boolean(),
  measures: Type.Array(VersionMeasure),
  /** What these numbers cannot tell. */
  caveat: Type.String(),
})
export type VersionComparison = Static<typeof VersionComparison>

export const LectureVersions = Type.Object({
  ...LectureName,
  /** The oldest first. */
  versions: Type.Array(LectureVersion),
  /** Null where the lecture has had one video only. */
  comparison: Type.Union([VersionComparison, Type.Null()]),
})
export type LectureVersions = Static<typeof LectureVersions>

const VideoId = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }))

export const versionApi = {
  /**
   * `a` and `b` are videos; left out, the last two that students saw. As stored: what was watched since the last flush is
   * not in it. Of each version the 10,000 playbacks that were watched last are looked at.
   */
  compareVersions: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/lecture/:lectureId/versions',
    summary: 'How two versions of a lecture were watched, with confidence intervals',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: Strict({ courseId: Id, lectureId: Id }),
      querystring: Strict({ a: VideoId, b: VideoId }),
      response: { 200: LectureVersions },
    },
  }),
}
