import { randomUUID } from 'node:crypto'
import { RECORDS_PATH } from '@aetherlearn/contracts/progress/records'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { FastifyReply } from 'fastify'
import type { Grant } from './access.ts'
import type { ActivityStore } from './activities-store.ts'
import { only, required, type Call } from './call.ts'
import { matchFiles, readSent } from './enclosed.ts'
import { formatted, wantedLanguages, type Format } from './formats.ts'
import { written } from './multipart.ts'
import { parseAgent, parseJson, parseStatement, parseWritten, type Statement } from './statement-parse.ts'
import { activitiesIn, agentKey, isVoiding, namedUsers, normalised } from './statement-rules.ts'
import type { Filter, Found, Identified, StatementStore } from './store.ts'
import { count, iri, moment, oneOf, refuse, timeOf, uuid, type Check } from './values.ts'

/** What a launched unit may say, and what follows from it. */
export type Sessions = {
  /** In the transaction of the statements; throws STATEMENT_REFUSED. */
  judge(sessionId: string, fresh: Identified[], session: Session): Promise<void>
  /** After the commit. */
  recorded(sessionId: string, traceId: string): Promise<void>
}
export type StatementDeps = {
  statements: StatementStore
  activities: ActivityStore
  erasure: Pick<Erasure, 'among'>
  sessions: Sessions
  homePage: string
  now: () => number
}
export type Asked = { call: Call; grant: Grant; reply: FastifyReply; traceId: string }

const MOST_AT_ONCE = 200
/** Of one student in one course. */
const MOST_OF_LEARNER = 20_000

const bool = oneOf('true', 'false')
const agent: Check = (value, field) => {
  if (typeof value === 'string') parseAgent(parseJson(value, field), field)
}
const number: Check = (value, field) => count(/^\d+$/.test(String(value)) ? Number(value) : value, field)
const ofOne = {
  statementId: uuid,
  voidedStatementId: uuid,
  format: oneOf('ids', 'exact', 'canonical'),
  attachments: bool,
}
const ofMany = {
  format: ofOne.format,
  attachments: bool,
  agent,
  verb: iri,
  activity: iri,
  registration: uuid,
  related_activities: bool,
  related_agents: bool,
  since: moment,
  until: moment,
  limit: number,
  ascending: bool,
  after: null,
}

export function createStatements(deps: StatementDeps) {
  const { statements, activities, erasure, sessions, homePage, now } = deps

  async function record(
    { grant, traceId }: Asked,
    said: unknown[],
    files: ReturnType<typeof readSent>['files'],
  ) {
    const stored = new Date(now()).toISOString()
    const parsed = said.map((one, at) =>
      normalised(parseStatement(one, said.length > 1 ? `body.${at}` : 'body')),
    )
    const matched = matchFiles(parsed, files)
    const made = matched.map(({ statement, enclosed }) => ({
      statement: {
        ...statement,
        id: statement.id ?? randomUUID(),
        stored,
        timestamp: statement.timestamp ?? stored,
        authority: grant.authority,
        version: statement.version ?? '1.0.0',
      },
      enclosed,
    }))
    const ids = made.map(({ statement }) => statement.id)
    if (new Set(ids).size < ids.length) throw refuse('body', 'must not have two statements with the same id')
    const { session } = grant
    const named = parsed
      .flatMap((statement) => namedUsers(statement, homePage))
      // Of the student of a session it was asked when the token was looked at.
      .filter((userId) => userId !== session?.userId)
    if (named.length > 0 && (await erasure.among(named)).size > 0)
      throw fail('STATEMENT_REFUSED', { detail: 'It names somebody who has no account any more' })
    if (session !== undefined) await requireOwn(grant, session.userId, parsed)
    const judge =
      session && ((fresh: Identified[], change: Session) => sessions.judge(session.id, fresh, change))
    const fresh = await statements.add(grant.courseId, made, judge)
    // What a student says of an activity is believed where nobody else has said anything.
    await activities.learn(grant.courseId, fresh.flatMap(activitiesIn), session !== undefined)
    // Also where nothing is new: whoever sends again may not have been answered.
    if (session !== undefined) await sessions.recorded(session.id, traceId)
    return ids
  }

  async function requireOwn({ courseId }: Grant, userId: string, parsed: Statement[]) {
    for (const { actor, ...statement } of parsed) {
      if (actor.account?.homePage !== homePage || actor.account.name !== userId)
        throw fail('STATEMENT_REFUSED', { detail: 'The actor must be the student who opened this' })
      if (isVoiding({ actor, ...statement }))
        throw fail('STATEMENT_REFUSED', { detail: 'Only a key of the course can void' })
    }
    if ((await statements.countOf(courseId, userId, MOST_OF_LEARNER)) >= MOST_OF_LEARNER)
      throw fail('QUOTA_EXCEEDED', { detail: 'There are as many statements of this student as can be' })
  }

  async function answer({ call, grant, reply }: Asked, found: Found[], body: (made: unknown[]) => unknown) {
    const format = formatOf(call)
    const read = found.map((one) => parseWritten(one.written))
    const ids = format === 'canonical' ? read.flatMap(activitiesIn).map(({ id }) => id) : []
    const known = await activities.known(grant.courseId, ids)
    const languages = wantedLanguages(call.headers['accept-language'])
    const said = body(read.map((one) => formatted(one, format, known, languages)))
    if (call.parameters.get('attachments') !== 'true') return reply.send(said)
    const files = await statements.enclosed(
      grant.courseId,
      found.map(({ id }) => id),
    )
    const first = {
      headers: { 'Content-Type': 'application/json' },
      bytes: Buffer.from(JSON.stringify(said)),
    }
    const others = files.map(({ sha2, contentType, bytes }) => ({
      headers: {
        'Content-Type': contentType,
        'Content-Transfer-Encoding': 'binary',
        'X-Experience-API-Hash': sha2,
      },
      bytes,
    }))
    const boundary = `part-${randomUUID()}`
    return reply.type(`multipart/mixed; boundary=${boundary}`).send(written([first, ...others], boundary))
  }

  async function readOne(asked: Asked, statementId: string, voided: boolean) {
    only(asked.call, ofOne)
    const { courseId, session } = asked.grant
    const found = await statements.one(courseId, statementId.toLowerCase())
    const isOwn = session === undefined || found?.learnerId === session.userId
    if (found === undefined || found.voided !== voided || !isOwn) throw fail('STATEMENT_NOT_FOUND')
    void asked.reply.header('last-modified', new Date(found.position / 1000).toUTCString())
    return answer(asked, [found], ([statement]) => statement)
  }

  return {
    async add(asked: Asked) {
      only(asked.call, {})
      const { said, files } = readSent(asked.call.headers['content-type'] ?? '', asked.call.body)
      const ids = await record(asked, Array.isArray(said) ? said : [said], files)
      return asked.reply.send(ids)
    },

    async put(asked: Asked) {
      only(asked.call, { statementId: uuid })
      const statementId = required(asked.call, 'statementId')
      const { said, files } = readSent(asked.call.headers['content-type'] ?? '', asked.call.body)
      const statement = withId(said, statementId)
      await record(asked, [statement], files)
      return asked.reply.code(204).send()
    },

    async find(asked: Asked) {
      const { call, grant } = asked
      const one = call.parameters.get('statementId')
      const voided = call.parameters.get('voidedStatementId')
      if (one !== undefined && voided !== undefined)
        throw refuse('query.voidedStatementId', 'cannot be there together with statementId')
      if (one !== undefined) return readOne(asked, one, false)
      if (voided !== undefined) return readOne(asked, voided, true)
      only(call, ofMany)
      const filter = { ...filterOf(call), learnerId: grant.session?.userId }
      const { found, isMore } = await statements.find(grant.courseId, filter)
      const last = found.at(-1)
      const more = isMore && last !== undefined ? moreOf(call, last) : ''
      return answer(asked, found, (made) => ({ statements: made, more }))
    },
  }
}

function withId(said: unknown, statementId: string): unknown {
  if (Array.isArray(said) || typeof said !== 'object' || said === null)
    throw refuse('body', 'must be one statement')
  const id = 'id' in said ? said.id : undefined
  if (typeof id === 'string' && id.toLowerCase() !== statementId.toLowerCase())
    throw refuse('body.id', 'must be the statementId of the address')
  return { ...said, id: id ?? statementId }
}

function formatOf({ parameters }: Call): Format {
  const format = parameters.get('format')
  return format === 'ids' || format === 'canonical' ? format : 'exact'
}

function filterOf({ parameters }: Call): Filter {
  const text = (name: string) => parameters.get(name)
  const time = (name: string) => {
    const given = text(name)
    return given === undefined ? {} : { [name]: timeOf(given) }
  }
  const [verb, activity, registration, given, after] = [
    'verb',
    'activity',
    'registration',
    'agent',
    'after',
  ].map(text)
  const limit = Number(text('limit') ?? 0)
  return {
    ...(verb !== undefined && { verb }),
    ...(activity !== undefined && { activity }),
    ...(registration !== undefined && { registration: registration.toLowerCase() }),
    ...(given !== undefined && {
      agent: agentKey(parseAgent(parseJson(given, 'query.agent'), 'query.agent')) ?? '',
    }),
    relatedAgents: text('related_agents') === 'true',
    relatedActivities: text('related_activities') === 'true',
    ...time('since'),
    ...time('until'),
    ascending: text('ascending') === 'true',
    limit: limit === 0 ? MOST_AT_ONCE : Math.min(limit, MOST_AT_ONCE),
    ...(after !== undefined && { after: placeOf(after) }),
  }
}

/** The same question, from where this answer ends. */
function moreOf({ parameters }: Call, { position, id }: Found): string {
  const query = new URLSearchParams([...parameters])
  query.set('after', `${position}.${id}`)
  return `${RECORDS_PATH}/statements?${query}`
}
function placeOf(after: string) {
  const [, position, id] = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(after) ?? []
  if (position === undefined || id === undefined) throw refuse('query.after', 'is not of an answer of ours')
  return { position: Number(position), id }
}
