import { Type, type Static } from 'typebox'
import { Id, Seconds, Strict, endpoint } from '../shape.ts'
import { ClaimedRanges, ClientTime, PlaybackRate, SessionId } from './shapes.ts'

/** How old a late report may be. */
export const LATE_DAYS = 30
/** How far the clock of a device may be ahead of ours. */
export const CLOCK_AHEAD_MS = 5 * 60_000
/** How many late reports one call takes. */
export const LATE_AT_ONCE = 500
/** How many bytes one call takes. */
export const LATE_BYTES = 256 * 1024

/** What a player would have saved, had it reached us. */
export const LateReport = Strict({
  /** Chosen by the device, once: what comes again under it is not counted again. */
  id: Type.String({ pattern: '^[A-Za-z0-9_-]{8,64}$' }),
  courseId: Id,
  lectureId: Id,
  watchTime: Seconds,
  clientTime: ClientTime,
  sessionId: Type.Optional(SessionId),
  /** Played up to `clientTime`, at `rate`. */
  ranges: Type.Optional(ClaimedRanges),
  rate: Type.Optional(PlaybackRate),
  /** The student said that the lecture is completed. */
  completed: Type.Optional(Type.Boolean()),
})
export type LateReport = Static<typeof LateReport>

export const LateReports = Strict({
  events: Type.Array(LateReport, { minItems: 1, maxItems: LATE_AT_ONCE }),
})

export const LateReportsKept = Type.Object({
  message: Type.String(),
  /** Reports that were new. */
  accepted: Type.Integer(),
  /** Reports that we had. */
  known: Type.Integer(),
})

export const lateApi = {
  batch: endpoint({
    method: 'POST',
    url: '/api/v1/progress/batch',
    summary:
      'Keep what was watched while the device was offline; in any order, as often as it is sent, the same',
    config: { access: 'signed-in', rate: 'write' },
    bodyLimit: LATE_BYTES,
    schema: { body: LateReports, response: { 200: LateReportsKept } },
  }),
}
