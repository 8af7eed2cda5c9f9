import { Type } from 'typebox'
import { Id, Strict, endpoint } from '../shape.ts'
import { EvidenceTotals, EvidenceVerdict, SignedCheckpoint, SignedEvidence } from './evidence.ts'
import { Day } from './shapes.ts'

/** Bytes: two reports of ten years each. */
export const EVIDENCE_LIMIT = 8 * 1024 * 1024

const days = { from: Type.Optional(Day), to: Type.Optional(Day) }
/** What is in it is judged by the verdict. */
const Brought = Type.Object({ report: Type.Object({}), signature: Type.Object({}) })
const LearnerOfCourse = Type.Object({
  userId: Id,
  ...EvidenceTotals.properties,
  /** The last day on which anything happened. */
  lastDate: Day,
})

/** The time that learners spent, as a third party may believe it. Days are sealed 13 hours after their end in UTC. */
export const evidenceApi = {
  getEvidence: endpoint({
    method: 'GET',
    url: '/api/v1/progress/evidence',
    summary: 'What is sealed of the caller’s learning time, signed; of some days or of one course',
    config: { access: 'signed-in', rate: 'read' },
    schema: {
      querystring: Strict({ ...days, courseId: Type.Optional(Id) }),
      response: { 200: SignedEvidence },
    },
  }),
  /** Answer: CSV by RFC 4180, a line for each day and course. */
  getEvidenceCsv: endpoint({
    method: 'GET',
    url: '/api/v1/progress/evidence/days.csv',
    summary: 'The same as a table, with the hash of the entry that says so',
    config: { access: 'signed-in', rate: 'read' },
    schema: { querystring: Strict({ ...days, courseId: Type.Optional(Id) }), response: {} },
  }),
  getEvidenceKeys: endpoint({
    method: 'GET',
    url: '/api/v1/progress/evidence/keys',
    summary: 'The public keys that reports and checkpoints were ever signed with',
    config: { access: 'public', rate: 'read' },
    schema: {
      response: { 200: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }) },
    },
  }),
  /** Whoever keeps them is a witness: none of the chains can be cut off or made anew behind them. */
  listCheckpoints: endpoint({
    method: 'GET',
    url: '/api/v1/progress/evidence/checkpoints',
    summary: 'The signed checkpoints over all learners’ chains, a hundred at a time; they name nobody',
    config: { access: 'public', rate: 'read' },
    schema: {
      querystring: Strict({ after: Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 }) }),
      response: {
        200: Type.Object({
          checkpoints: Type.Array(SignedCheckpoint),
          /** `after` of the next page; absent on the last one. */
          next: Type.Optional(Type.Integer()),
        }),
      },
    },
  }),
  verifyEvidence: endpoint({
    method: 'POST',
    url: '/api/v1/progress/evidence/verify',
    summary: 'Check a report that somebody brought; nothing of it is kept',
    config: { access: 'public', rate: 'sign-in' },
    bodyLimit: EVIDENCE_LIMIT,
    schema: {
      body: Strict({
        /** A report as it was downloaded. */
        evidence: Brought,
        /** An older one about the same learner. */
        earlier: Type.Optional(Brought),
      }),
      response: { 200: EvidenceVerdict },
    },
  }),
  listCourseEvidence: endpoint({
    method: 'GET',
    url: '/api/v1/progress/evidence/:courseId/learners',
    summary: 'The learning time of a course’s learners, by their ids, a page at a time',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: Strict({ courseId: Id }),
      querystring: Strict({
        limit: Type.Integer({ minimum: 1, maximum: 500, default: 500 }),
        /** `nextCursor` of the page before. */
        cursor: Type.Optional(Id),
      }),
      response: {
        200: Type.Object({
          learners: Type.Array(LearnerOfCourse),
          /** Absent on the last page. */
          nextCursor: Type.Optional(Id),
        }),
      },
    },
  }),
  getCourseEvidence: endpoint({
    method: 'GET',
    url: '/api/v1/progress/evidence/:courseId/learners/:userId',
    summary: 'What is sealed of one learner in this course, signed; of other courses it says nothing',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: Strict({ courseId: Id, userId: Id }),
      querystring: Strict(days),
      response: { 200: SignedEvidence },
    },
  }),
}
