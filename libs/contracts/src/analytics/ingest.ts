import { Type, type Static } from 'typebox'
import { ClaimedRanges, SessionId } from '../progress/shapes.ts'
import { Id, Message, Strict, endpoint } from '../shape.ts'
import { CourseRef } from './shapes.ts'

export const Telemetry = Strict({
  courseId: Id,
  lectureId: Id,
  /** Clamped to the time that really passed since the student’s last report. */
  watchTimeDelta: Type.Number({ minimum: 0, maximum: 60 }),
  sessionId: Type.Optional(SessionId),
  /**
   * Stretches of the lecture that were played since the last report, in the order in which they were played. Each counts
   * as far as the time that passed allows, at twice the speed at most.
   */
  segments: Type.Optional(ClaimedRanges),
})
export type Telemetry = Static<typeof Telemetry>

export const ingestApi = {
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
    schema: { body: Telemetry, response: { 200: Message } },
  }),
}
