import { fail } from '@aetherlearn/service-kit/errors'
import type { Grant } from './access.ts'
import { checkPreconditions, hasPreconditions, only, required, type Call } from './call.ts'
import type {
  Content,
  DocumentKey,
  DocumentKind,
  DocumentStore,
  Shelf,
  StoredDocument,
} from './documents-store.ts'
import { parseAgent, parseJson } from './statement-parse.ts'
import { agentKey } from './statement-rules.ts'
import type { Asked } from './statements.ts'
import { iri, isObject, moment, refuse, timeOf, uuid, type Check } from './values.ts'

export type DocumentDeps = { documents: DocumentStore; homePage: string; now: () => number }

/** What only the system itself writes (cmi5 §10). */
const LAUNCH_DATA = 'LMS.LaunchData'
/** Of one student in one course. */
const MOST_OF_LEARNER = 1000

const byKind: Record<DocumentKind, { id: string; known: Record<string, Check | null> }> = {
  state: {
    id: 'stateId',
    known: { activityId: iri, agent: null, registration: uuid, stateId: null, since: moment },
  },
  activityProfile: { id: 'profileId', known: { activityId: iri, profileId: null, since: moment } },
  agentProfile: { id: 'profileId', known: { agent: null, profileId: null, since: moment } },
}

/** Communication 2.2: the documents of one resource. */
export function createDocuments({ documents, homePage, now }: DocumentDeps, kind: DocumentKind) {
  const { id: idName, known } = byKind[kind]

  function shelfOf({ call, grant }: Asked): Shelf {
    only(call, known)
    const activityId = 'activityId' in known ? required(call, 'activityId') : ''
    const person = 'agent' in known ? personOf(call) : { agent: '' }
    const registration = call.parameters.get('registration')?.toLowerCase()
    const shelf = { courseId: grant.courseId, kind, activityId, ...person }
    return { ...shelf, ...(registration !== undefined && { registration }) }
  }
  function personOf(call: Call) {
    const agent = parseAgent(parseJson(required(call, 'agent'), 'query.agent'), 'query.agent')
    const key = agentKey(agent)
    if (key === undefined) throw refuse('query.agent', 'must have an identifier')
    const userId = agent.account?.homePage === homePage ? agent.account.name : undefined
    return { agent: key, ...(userId !== undefined && { userId }) }
  }
  const keyOf = (asked: Asked): DocumentKey => {
    const shelf = shelfOf(asked)
    return { ...shelf, registration: shelf.registration ?? '', documentId: required(asked.call, idName) }
  }

  /** A launched unit works with what is its student's; what all students share it can only read. */
  function allow(
    { session }: Grant,
    { userId, documentId }: Shelf & { documentId?: string },
    writes: boolean,
  ) {
    if (session === undefined) return
    if (kind === 'activityProfile' ? writes : userId !== session.userId)
      throw fail('FORBIDDEN', { detail: 'This session may not do that with documents of others' })
    if (writes && documentId === LAUNCH_DATA)
      throw fail('FORBIDDEN', { detail: 'Only the system itself writes this' })
  }

  async function keep(asked: Asked, change: (known: StoredDocument | undefined) => Content) {
    const key = keyOf(asked)
    allow(asked.grant, key, true)
    const { session, courseId } = asked.grant
    if (session !== undefined && (await documents.countOf(courseId, session.userId)) >= MOST_OF_LEARNER)
      throw fail('QUOTA_EXCEEDED', { detail: 'There are as many documents of this student as can be' })
    await documents.change(
      key,
      (document) => {
        checkPreconditions(asked.call, document?.etag)
        return change(document)
      },
      new Date(now()),
    )
    return asked.reply.code(204).send()
  }

  return {
    async read(asked: Asked) {
      if (!asked.call.parameters.has(idName)) return list(asked)
      const key = keyOf(asked)
      allow(asked.grant, key, false)
      const document = await documents.read(key)
      if (document === undefined) throw fail('DOCUMENT_NOT_FOUND')
      return asked.reply
        .header('etag', `"${document.etag}"`)
        .header('last-modified', document.updatedAt.toUTCString())
        .type(document.contentType)
        .send(Buffer.from(document.bytes))
    },

    /** Of profiles, what is replaced must be said (communication 3.1). */
    put: (asked: Asked) =>
      keep(asked, (document) => {
        if (kind !== 'state' && !hasPreconditions(asked.call)) throw unconditional(document)
        return contentOf(asked.call)
      }),

    merge: (asked: Asked) =>
      keep(asked, (document) => {
        const content = contentOf(asked.call)
        if (document === undefined) {
          if (isJson(content)) objectIn(content, 'body')
          return content
        }
        if (!isJson(document) || !isJson(content))
          throw refuse('content-type', 'must be application/json, here and of the document that is there')
        const merged = { ...objectIn(document, 'the document'), ...objectIn(content, 'body') }
        return { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(merged)) }
      }),

    async remove(asked: Asked) {
      if (kind === 'state' && !asked.call.parameters.has(idName)) return removeAll(asked)
      const key = keyOf(asked)
      allow(asked.grant, key, true)
      await documents.remove(key, (document) => checkPreconditions(asked.call, document?.etag))
      return asked.reply.code(204).send()
    },
  }

  async function list(asked: Asked) {
    const shelf = shelfOf(asked)
    allow(asked.grant, shelf, false)
    const since = asked.call.parameters.get('since')
    const from = since === undefined ? undefined : new Date(timeOf(since))
    const { documentIds, updatedAt } = await documents.list(shelf, from)
    if (updatedAt !== undefined) void asked.reply.header('last-modified', updatedAt.toUTCString())
    return asked.reply.send(documentIds)
  }

  async function removeAll(asked: Asked) {
    const shelf = shelfOf(asked)
    allow(asked.grant, shelf, true)
    await documents.removeAll(shelf, asked.grant.session === undefined ? [] : [LAUNCH_DATA])
    return asked.reply.code(204).send()
  }
}

const unconditional = (document: StoredDocument | undefined) =>
  document === undefined
    ? refuse('if-none-match', 'is required: * where there is no document yet')
    : fail('DOCUMENT_EXISTS', { detail: 'Read it, and send its ETag as If-Match' })

const contentOf = ({ headers, body }: Call): Content => ({
  contentType: (headers['content-type'] ?? 'application/octet-stream').slice(0, 200),
  bytes: body,
})
const isJson = ({ contentType }: Content) => /^application\/json\s*(;|$)/i.test(contentType)
function objectIn({ bytes }: Content, field: string) {
  const value = parseJson(Buffer.from(bytes), field)
  if (!isObject(value)) throw refuse(field, 'must be an object of JSON')
  return value
}
