import { Type, type Static } from 'typebox'
import { Id, Instant, Message, OneOf, Strict, endpoint } from '../shape.ts'

/** Of one value that a package keeps: what SCORM 2004 allows for `cmi.suspend_data`, and what real packages of 1.2 need. */
export const MAX_VALUE_LETTERS = 64_000
/** Of all that one item keeps. */
export const MAX_STATE_VALUES = 20_000
export const MAX_STATE_BYTES = 1024 * 1024

const INDEX = '(0|[1-9][0-9]{0,3})'
const SCORE = 'score\\.(raw|min|max|scaled)'
/** What a package may keep; what only the LMS sets (`cmi.core.student_id`, `cmi.entry`, …) is not among it. */
const ELEMENT = [
  'suspend_data|location|completion_status|success_status|exit|session_time|progress_measure|comments',
  SCORE,
  `core\\.(lesson_location|lesson_status|exit|session_time|${SCORE})`,
  '(student|learner)_preference\\.[a-z_]{1,40}',
  `objectives\\.${INDEX}\\.(id|status|success_status|completion_status|progress_measure|description|${SCORE})`,
  `interactions\\.${INDEX}\\.(id|type|time|timestamp|weighting|result|latency|description)`,
  `interactions\\.${INDEX}\\.(student_response|learner_response)`,
  `interactions\\.${INDEX}\\.(objectives\\.${INDEX}\\.id|correct_responses\\.${INDEX}\\.pattern)`,
  `comments_from_learner\\.${INDEX}\\.(comment|location|timestamp)`,
]
/** Whether a value of this name is kept. */
export const keptElement = new RegExp(`^cmi\\.(${ELEMENT.join('|')})$`)

/**
 * Values of the data model of SCORM 1.2 or 2004 by their names there, as `cmi.suspend_data`. Empty ones are left out.
 */
export const CmiValues = Type.Record(
  Type.String({ pattern: keptElement.source }),
  Type.String({ maxLength: MAX_VALUE_LETTERS }),
  { maxProperties: MAX_STATE_VALUES, additionalProperties: false },
)
export type CmiValues = Static<typeof CmiValues>

const ItemId = Type.String({ minLength: 1, maxLength: 2000 })
const ItemRef = Strict({ itemId: ItemId })
const Place = Strict({ courseId: Id, lectureId: Id })

/** `cmi.entry`: never opened or begun anew; left in order to go on; neither. */
export const entries = ['ab-initio', 'resume', ''] as const

/** How a student stands in one item of a SCORM package. */
export const PackageState = Type.Object({
  itemId: Type.String(),
  /** What the item is told when it is opened now. */
  entry: OneOf(entries),
  cmi: Type.Record(Type.String(), Type.String()),
  /** The sum of the times of its sessions, each bounded by the time that passed on our clock. */
  totalSeconds: Type.Number(),
  /** Once said these stay. */
  completed: Type.Boolean(),
  passed: Type.Boolean(),
  /** The best, 0 to 1. */
  score: Type.Optional(Type.Number()),
  /** How often it was opened. */
  sessions: Type.Integer(),
  updatedAt: Type.Union([Instant, Type.Null()]),
})
export type PackageState = Static<typeof PackageState>

export const PackageSession = Type.Object({
  /** What is kept is kept in its name. */
  sessionId: Id,
  /** Lets the page that frames the item keep what is said while it is closed, for half a day; it has no other right. */
  ticket: Type.String(),
  state: PackageState,
})
export type PackageSession = Static<typeof PackageSession>

export const PackageCommit = Strict({
  sessionId: Id,
  /** Counts up within the session: what is older than what we have, or comes again, changes nothing. */
  sequence: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
  /** All that the item keeps, in place of what it kept. */
  cmi: CmiValues,
  /** The item has said that it is left: `LMSFinish`, `Terminate`. */
  finished: Type.Optional(Type.Boolean()),
})
export type PackageCommit = Static<typeof PackageCommit>

const ItemCommit = Strict({ itemId: ItemId, ...PackageCommit.properties })
export const LeavingCommit = Strict({ ...PackageCommit.properties, ticket: Type.String({ maxLength: 200 }) })
export type LeavingCommit = Static<typeof LeavingCommit>

/** Where packages are opened, as the page that frames them sends it. */
const LEAVING_PATH = '/api/v1/package/state'

export const packagesApi = {
  openPackageItem: endpoint({
    method: 'POST',
    url: '/api/v1/progress/package/:courseId/:lectureId/session',
    summary: 'Open an item of a SCORM package: a session of it, and what the item kept',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: Place, body: ItemRef, response: { 200: PackageSession } },
  }),
  getPackageState: endpoint({
    method: 'GET',
    url: '/api/v1/progress/package/:courseId/:lectureId/state',
    summary: 'What the caller’s item of a SCORM package keeps',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: Place, querystring: ItemRef, response: { 200: PackageState } },
  }),
  /** 409 PACKAGE_SESSION_OVER where a session that was opened later has kept something. */
  putPackageState: endpoint({
    method: 'PUT',
    url: '/api/v1/progress/package/:courseId/:lectureId/state',
    summary:
      'Keep what an item of a SCORM package says: where the student is, the score, what it asks to keep',
    config: { access: 'signed-in', rate: 'write' },
    bodyLimit: MAX_STATE_BYTES,
    schema: { params: Place, body: ItemCommit, response: { 200: PackageState } },
  }),
  /** When a tab is closed the console is gone before the package has said all. */
  leavePackageItem: endpoint({
    method: 'POST',
    url: LEAVING_PATH,
    summary: 'Keep what an item says while its window is closed, by the ticket of its session',
    config: { access: 'public', rate: 'write' },
    bodyLimit: MAX_STATE_BYTES,
    schema: { body: LeavingCommit, response: { 200: Message } },
  }),
}
