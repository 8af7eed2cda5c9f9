import { Type, type Static } from 'typebox'
import { Id, Instant, Message, Strict, Text, endpoint, type Endpoint } from '../shape.ts'

/** Where a provider's library finds the record store: below the origin, without a slash at its end. */
export const RECORDS_PATH = '/api/v1/xapi'
/** Of one request: statements with their attachments, or a document. */
export const MAX_RECORDS_BYTES = 8 * 1024 * 1024
export const MAX_RECORD_KEYS = 20

/**
 * Its answers are made by the handler: what is asked stands in headers, in forms and in parts of a body as the
 * specification has them. Per address, as who calls is known to the service alone.
 */
const resource = <const M extends Endpoint['method']>(method: M, path: string, summary: string) =>
  endpoint({
    method,
    url: `${RECORDS_PATH}/${path}`,
    summary,
    config: { access: 'credentials', rate: 'media' },
    schema: { response: {} },
    bodyLimit: MAX_RECORDS_BYTES,
  })

/** No body: what is said stands in the status and the headers. */
const Empty = Type.Unsafe<undefined>({ type: 'null' })

/** xAPI 1.0.3, part three. */
export const recordsApi = {
  aboutRecords: endpoint({
    method: 'GET',
    url: `${RECORDS_PATH}/about`,
    summary: 'Which versions of xAPI the record store speaks',
    config: { access: 'public', rate: 'media' },
    schema: { response: { 200: Type.Object({ version: Type.Array(Type.String()) }) } },
  }),
  preflightRecords: endpoint({
    method: 'OPTIONS',
    url: `${RECORDS_PATH}/*`,
    summary: 'What other sites may send to the record store; every site may, without cookies',
    config: { access: 'public', rate: 'media' },
    schema: { response: { 204: Empty } },
  }),
  findStatements: resource(
    'GET',
    'statements',
    'One statement, or those that a filter finds, a page at a time',
  ),
  addStatements: resource('POST', 'statements', 'Record statements, all of them or none'),
  putStatement: resource('PUT', 'statements', 'Record one statement under an id; again, it changes nothing'),
  readState: resource(
    'GET',
    'activities/state',
    'What an activity keeps of a person, or which documents there are',
  ),
  mergeState: resource('POST', 'activities/state', 'Add to a document, field by field'),
  putState: resource('PUT', 'activities/state', 'Keep a document in place of the one before'),
  removeState: resource(
    'DELETE',
    'activities/state',
    'Remove one document, or all of a person in an activity',
  ),
  readActivityProfile: resource(
    'GET',
    'activities/profile',
    'What is kept of an activity, or which documents',
  ),
  mergeActivityProfile: resource('POST', 'activities/profile', 'Add to a document, field by field'),
  putActivityProfile: resource('PUT', 'activities/profile', 'Keep a document in place of the one before'),
  removeActivityProfile: resource('DELETE', 'activities/profile', 'Remove a document'),
  readAgentProfile: resource(
    'GET',
    'agents/profile',
    'What is kept of a person, or which documents there are',
  ),
  mergeAgentProfile: resource('POST', 'agents/profile', 'Add to a document, field by field'),
  putAgentProfile: resource('PUT', 'agents/profile', 'Keep a document in place of the one before'),
  removeAgentProfile: resource('DELETE', 'agents/profile', 'Remove a document'),
  findActivity: resource('GET', 'activities', 'What is known of an activity'),
  askActivity: resource('POST', 'activities', 'The same for clients that can only send forms'),
  findPerson: resource('GET', 'agents', 'Who an agent is'),
  askPerson: resource('POST', 'agents', 'The same for clients that can only send forms'),
}

export const RecordKey = Type.Object({
  keyId: Type.String(),
  name: Type.String(),
  createdBy: Id,
  createdAt: Instant,
})
export type RecordKey = Static<typeof RecordKey>
/** The only time that the secret is told. */
export const NewRecordKey = Type.Object({
  ...RecordKey.properties,
  /** For HTTP Basic. */
  username: Type.String(),
  secret: Type.String(),
})
export type NewRecordKey = Static<typeof NewRecordKey>

const ofCourse = Strict({ courseId: Id })
const access = 'instructor'
export const recordKeysApi = {
  listRecordKeys: endpoint({
    method: 'GET',
    url: '/api/v1/progress/records/:courseId/keys',
    summary: 'The keys to the records of a course, for those who may change it; not their secrets',
    config: { access, rate: 'read' },
    schema: { params: ofCourse, response: { 200: Type.Array(RecordKey) } },
  }),
  addRecordKey: endpoint({
    method: 'POST',
    url: '/api/v1/progress/records/:courseId/keys',
    summary: 'A key that reads and writes all records of a course; its secret is shown this once',
    config: { access, rate: 'write' },
    schema: {
      params: ofCourse,
      body: Strict({ name: Text(100) }),
      response: { 201: NewRecordKey },
    },
  }),
  removeRecordKey: endpoint({
    method: 'DELETE',
    url: '/api/v1/progress/records/:courseId/keys/:keyId',
    summary: 'Revoke a key, at once; what it recorded stays',
    config: { access, rate: 'write' },
    schema: { params: Strict({ courseId: Id, keyId: Id }), response: { 200: Message } },
  }),
}
