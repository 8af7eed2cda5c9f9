import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify'
import { pino, type Logger } from 'pino'
import type { Registry } from 'prom-client'
import { guardRoutes, type VerifyToken } from './auth.ts'
import { failureOf, problemOf, fail } from './errors.ts'
import { registerHealth, type HealthCheck, type Readiness } from './health.ts'
import { withoutSecrets } from './log.ts'
import { registerMetrics } from './metrics.ts'
import { registerApiDocument } from './openapi.ts'
import { endSlowBodies, stillArriving } from './slow-bodies.ts'
import { validatorCompiler } from './validation.ts'

/** Larger bodies answer 413; routes that take more say so in their contract. */
const BODY_LIMIT_BYTES = 64 * 1024
/**
 * After this a request answers 503, whatever it waits for: two seconds are promised, and a busy machine needs some of
 * them. Upload and media routes have their own limit.
 */
const HANDLER_TIMEOUT_MS = 1600
const STREAM_TIMEOUT_MS = 15 * 60_000

declare module 'fastify' {
  interface FastifyRequest {
    /** 32 hex digits (W3C Trace Context §3.2.2.3), the same through gateway, services, events and jobs. */
    traceId: string
  }
  interface FastifyContextConfig {
    rate?: string
  }
  interface FastifyInstance {
    metrics: Registry
    readiness: Readiness
  }
}

export type Server = FastifyInstance<
  HttpServer,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export type ServerOptions = {
  name: string
  verifyToken: VerifyToken
  log?: Logger
  checks?: Record<string, HealthCheck>
  /** False for the gateway, whose services validate. */
  validate?: boolean
  /** Adds hooks that run for refused requests too, such as those that set security headers. */
  beforeGuard?: (app: Server) => Promise<unknown>
  /** Addresses or CIDR ranges whose X-Forwarded-For we believe, separated by commas. */
  trustedProxies?: string
}

const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/
const requestIdOf = (given: string | string[] | undefined) =>
  typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/
const traceIdOf = (request: FastifyRequest) => {
  const given = request.headers.traceparent
  return (typeof given === 'string' && TRACEPARENT.exec(given)?.[1]) || randomUUID().replaceAll('-', '')
}

/** What every process answers alike: problem documents, ids, access rules, health, metrics, its OpenAPI document. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const log: FastifyBaseLogger = options.log ?? pino({ level: 'silent' })
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    // A media grant is longer than the 100 characters that the router takes by itself.
    routerOptions: { maxParamLength: 1000 },
    trustProxy: options.trustedProxies || false,
    genReqId: (raw) => requestIdOf(raw.headers['x-request-id']),
    requestTimeout: STREAM_TIMEOUT_MS,
    // Slow headers and slow bodies must not hold a connection for ever.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
    forceCloseConnections: 'idle',
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(options.validate === false ? () => (value) => ({ value }) : validatorCompiler)
  allowLongStreams(app)
  endSlowBodies(app)
  answerWithProblems(app)
  identifyRequests(app)
  takeAbsentBodies(app)
  app.decorate('metrics', registerMetrics(app))
  app.decorate('readiness', { checks: options.checks ?? {}, stopping: false })
  endConnectionsOnStop(app)
  await registerApiDocument(app, options.name)
  await options.beforeGuard?.(app)
  guardRoutes(app, options.verifyToken)
  registerHealth(app, app.readiness)
  return app
}

/** Streams of chunks and media take as long as the client's network needs. */
function allowLongStreams(app: Server) {
  app.addHook('onRoute', (route) => {
    if (route.config?.rate === 'upload' || route.config?.rate === 'media')
      route.handlerTimeout = STREAM_TIMEOUT_MS
  })
}

/** A body of which no field is required may be left out; JSON's `null` is not that. */
function takeAbsentBodies(app: Server) {
  app.addHook('preValidation', async (request) => {
    const schema: unknown = request.routeOptions.schema?.body
    if (request.body === undefined && hasOnlyOptionalFields(schema)) request.body = {}
  })
}

function hasOnlyOptionalFields(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null || !('type' in schema)) return false
  if (schema.type !== 'object') return false
  return !('required' in schema && Array.isArray(schema.required) && schema.required.length > 0)
}

/** Kept-alive connections would hold up the stop until they time out. */
function endConnectionsOnStop(app: Server) {
  app.addHook('onSend', async (_request, reply) => {
    if (app.readiness.stopping) void reply.header('connection', 'close')
  })
}

function answerWithProblems(app: Server) {
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf(fail('ROUTE_NOT_FOUND'), request.id)
    return reply.code(404).type('application/problem+json').serializer(JSON.stringify).send(problem)
  })
  app.setErrorHandler((error, request, reply) => {
    const timedOut = error instanceof Error && 'code' in error && error.code === 'FST_ERR_HANDLER_TIMEOUT'
    // Waiting for the client is no fault of ours, and its connection is of no further use.
    const tooSlow = timedOut && stillArriving(request)
    if (tooSlow) void reply.header('connection', 'close')
    const known = tooSlow ? fail('TOO_SLOW', { cause: error }) : failureOf(error)
    const failure = known ?? fail('INTERNAL', { cause: error })
    if (failure.status >= 500) request.log.error({ err: error, traceId: request.traceId }, 'request failed')
    const wait = failure.options.retryAfterSeconds
    if (wait !== undefined) void reply.header('retry-after', wait)
    return reply
      .code(failure.status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(problemOf(failure, request.id))
  })
}

function identifyRequests(app: Server) {
  app.decorateRequest('traceId', '')
  app.addHook('onRequest', async (request, reply) => {
    request.traceId = traceIdOf(request)
    void reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    // Thousands of heartbeats a second say nothing that the metrics do not say.
    const quiet = request.routeOptions.config.rate === 'heartbeat' && reply.statusCode < 400
    request.log[quiet ? 'debug' : 'info'](
      {
        method: request.method,
        url: withoutSecrets(request.url),
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        traceId: request.traceId,
        userId: request.caller?.id,
      },
      'request answered',
    )
  })
}
