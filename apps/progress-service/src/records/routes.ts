import { recordsApi } from '@aetherlearn/contracts/progress/records'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FindGrant } from './access.ts'
import { callOf, LATEST, only, required, requireVersion } from './call.ts'
import { createDocuments, type DocumentDeps } from './documents.ts'
import { canonicalDefinition, wantedLanguages } from './formats.ts'
import { parseAgent, parseJson } from './statement-parse.ts'
import { createStatements, type Asked, type StatementDeps } from './statements.ts'
import { iri } from './values.ts'

export type RecordDeps = StatementDeps &
  DocumentDeps & { access: FindGrant; erasure: Pick<Erasure, 'among' | 'assertPresent'> }

/** Longer than a transaction takes: what was stored before is in every answer. */
const SETTLED_AFTER_MS = 2000
const HANDLER_MS = 8000

type Work = (asked: Asked) => Promise<unknown>
type Works = Partial<Record<string, Work>>

/** The record store (xAPI 1.0.3): its own ways of asking and answering, for callers with credentials of its own. */
export async function recordRoutes(app: Server, deps: RecordDeps) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onSend', async (_request, reply) => {
    tellAll(reply, deps.now())
  })

  const serve = (works: Works) => async (request: FastifyRequest, reply: FastifyReply) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const { url, headers, body, traceId } = request
    const call = callOf({ method, url, headers, body })
    const grant = await deps.access(call.headers.authorization)
    requireVersion(call)
    const work = works[call.method]
    if (work === undefined) throw fail('ROUTE_NOT_FOUND')
    if (grant.session !== undefined) await deps.erasure.assertPresent(grant.session.userId)
    return work({ call, grant, reply, traceId })
  }
  const routes = (entries: (typeof recordsApi)[keyof typeof recordsApi][], works: Works) => {
    for (const entry of entries) app.route({ ...entry, handlerTimeout: HANDLER_MS, handler: serve(works) })
  }

  app.route({ ...recordsApi.aboutRecords, handler: async () => ({ version: [LATEST] }) })
  app.route({
    ...recordsApi.preflightRecords,
    handler: async (_request, reply) => {
      void reply.header('access-control-allow-methods', 'GET, HEAD, PUT, POST, DELETE, OPTIONS')
      void reply.header('access-control-allow-headers', ALLOWED).header('access-control-max-age', '7200')
      return reply.code(204).send()
    },
  })

  const statements = createStatements(deps)
  routes([recordsApi.findStatements, recordsApi.addStatements, recordsApi.putStatement], {
    GET: statements.find,
    POST: statements.add,
    PUT: statements.put,
  })
  documentRoutes(deps, routes)
  routes([recordsApi.findActivity, recordsApi.askActivity], { GET: activityWork(deps) })
  routes([recordsApi.findPerson, recordsApi.askPerson], { GET: personOf })
}

type Routes = (entries: (typeof recordsApi)[keyof typeof recordsApi][], works: Works) => void

function documentRoutes(deps: DocumentDeps, routes: Routes) {
  const { readState, mergeState, putState, removeState } = recordsApi
  const { readActivityProfile, mergeActivityProfile, putActivityProfile, removeActivityProfile } = recordsApi
  const { readAgentProfile, mergeAgentProfile, putAgentProfile, removeAgentProfile } = recordsApi
  const worksOf = (kind: Parameters<typeof createDocuments>[1]): Works => {
    const { read, put, merge, remove } = createDocuments(deps, kind)
    return { GET: read, PUT: put, POST: merge, DELETE: remove }
  }
  routes([readState, mergeState, putState, removeState], worksOf('state'))
  routes(
    [readActivityProfile, mergeActivityProfile, putActivityProfile, removeActivityProfile],
    worksOf('activityProfile'),
  )
  routes([readAgentProfile, mergeAgentProfile, putAgentProfile, removeAgentProfile], worksOf('agentProfile'))
}

const ALLOWED =
  'authorization, content-type, content-length, x-experience-api-version, if-match, if-none-match, accept-language'
const EXPOSED =
  'etag, last-modified, content-length, x-experience-api-version, x-experience-api-consistent-through, x-request-id'

/** On every answer, refusals as well. */
function tellAll(reply: FastifyReply, now: number) {
  void reply.headers({
    'x-experience-api-version': LATEST,
    'x-experience-api-consistent-through': new Date(now - SETTLED_AFTER_MS).toISOString(),
    'access-control-allow-origin': '*',
    'access-control-expose-headers': EXPOSED,
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'no-store',
    // Documents have whatever type their writers say: none of them is ever a page of ours.
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  })
}

const activityWork =
  ({ activities }: Pick<StatementDeps, 'activities'>): Work =>
  async ({ call, grant, reply }) => {
    only(call, { activityId: iri })
    const id = required(call, 'activityId')
    const definition = (await activities.known(grant.courseId, [id])).get(id)
    const languages = wantedLanguages(call.headers['accept-language'])
    const shown =
      languages.length === 0 || definition === undefined
        ? definition
        : canonicalDefinition(definition, languages)
    return reply.send({ objectType: 'Activity', id, ...(shown && { definition: shown }) })
  }

/** Communication 2.4: who that is; nothing is put together from what different systems call a person. */
const personOf: Work = async ({ call, reply }) => {
  only(call, { agent: null })
  const { name, mbox, mbox_sha1sum, openid, account } = parseAgent(
    parseJson(required(call, 'agent'), 'query.agent'),
    'query.agent',
  )
  const lists = Object.entries({ name, mbox, mbox_sha1sum, openid, account }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, [value]]],
  )
  return reply.send({ objectType: 'Person', ...Object.fromEntries(lists) })
}
