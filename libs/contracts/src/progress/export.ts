import { Type, type Static } from 'typebox'
import { Id, Instant, endpoint } from '../shape.ts'

/** As they are stored; ids as hex digits, moments as RFC 3339. */
const Rows = Type.Array(Type.Record(Type.String(), Type.Unknown()))

/** Everything that progress-service holds about one person. */
export const LearningExport = Type.Object({
  schemaVersion: Type.Literal(1),
  userId: Id,
  exportedAt: Instant,
  /** What waits to be stored: positions and watched stretches by course. */
  unsaved: Rows,
  /** When something was watched live, as pairs of moments in ms since 1970. */
  watching: Type.Array(Type.Array(Type.Number())),
  /** Time zones, streak and totals. */
  learner: Rows,
  /** For each course positions, watched stretches and completed lectures. */
  courses: Rows,
  enrolments: Rows,
  /** Active days. */
  days: Rows,
  /** How it went in packages and questions, by part. */
  results: Rows,
  /** What packages keep, by item. */
  packages: Rows,
  /** When units of cmi5 packages were opened. */
  launches: Rows,
  /** What came of them. */
  registrations: Rows,
  /** Records of xAPI that name the person. */
  statements: Rows,
  statementFiles: Rows,
  /** What such packages keep. */
  recordDocuments: Rows,
  /** Learning time as it is sealed, day by day. */
  evidence: Rows,
  /** Where the chain of these entries ends. */
  evidenceChain: Rows,
  /** Sealed learning time of each course. */
  evidenceCourses: Rows,
  /** Days that will be sealed. */
  evidenceWaiting: Rows,
  notes: Rows,
  /** For each course with notes what they have in common. */
  notebooks: Rows,
  /** Reports that came late, by batch. */
  lateEvents: Rows,
  /** What late reports are worth together. */
  lateWorth: Rows,
  /** Minutes that were watched and lectures that were completed, one by one. */
  history: Rows,
  /** What other services were told in the last days. */
  announcements: Rows,
})
export type LearningExport = Static<typeof LearningExport>

export const exportApi = {
  /** Answer: a `LearningExport`, as long as it takes. */
  exportLearning: endpoint({
    method: 'GET',
    url: '/api/v1/progress/export',
    summary: 'Everything that is held about the caller’s learning, as one file of JSON',
    config: { access: 'signed-in', rate: 'media' },
    schema: { response: {} },
  }),
}
