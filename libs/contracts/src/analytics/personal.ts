import { Type, type Static } from 'typebox'
import { Id, Instant, endpoint } from '../shape.ts'

/** As they are stored; ids as hex digits, moments as RFC 3339. */
const Rows = Type.Array(Type.Record(Type.String(), Type.Unknown()))

/** Everything that analytics-service holds about one person. Counts and sketches name nobody. */
export const AnalyticsExport = Type.Object({
  schemaVersion: Type.Literal(1),
  userId: Id,
  exportedAt: Instant,
  /** What waits to be stored: playbacks, and how much was watched by day. */
  unsaved: Rows,
  /** For each course when they enrolled and what they have completed. */
  courses: Rows,
  /** For each course how much they have watched, and on which days. */
  activity: Rows,
  /** What was watched of a lecture in one go. */
  playbacks: Rows,
  /** Every report of theirs that was counted, where reports are logged. */
  events: Rows,
  /** To questions, with their scores. */
  answers: Rows,
  /** What this person is called in lists for instructors. */
  name: Rows,
  /** Their inbox. */
  messages: Rows,
  /** Which messages they want, and how. */
  messageSettings: Rows,
  /** When they were last written to about a course, for seven days. */
  writtenTo: Rows,
  /** What they have written to students. */
  sentMessages: Rows,
  /** Whether statistics may know them by name, where they said so. */
  consent: Rows,
  /** What stands for them in the log of reports. */
  pseudonym: Rows,
  /** What other servers were told of them in the last 30 days, by webhooks of their courses. */
  sentToOthers: Rows,
  /** Courses whose servers were told that they are at risk. */
  toldAtRisk: Rows,
  /** Weeks in which a course’s people were told that they were at risk. */
  atRisk: Rows,
  /** Courses whose statistics they may see. */
  staffOf: Rows,
})
export type AnalyticsExport = Static<typeof AnalyticsExport>

export const personalApi = {
  /** Answer: an `AnalyticsExport`, as long as it takes. */
  exportWatching: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/export',
    summary: 'Everything that statistics hold about the caller, as one file of JSON',
    config: { access: 'signed-in', rate: 'media' },
    schema: { response: {} },
  }),
}
