import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type preValidationHookHandler,
} from 'fastify'
import { pino, type Logger } from 'pino'
import type { Registry } from 'prom-client'
import { limitAnswers, STREAM_LIMIT_MS } from './answer-limits.ts'
import { guardRoutes, type VerifyToken } from './auth.ts'
import { failureOf, problemOf, fail } from './errors.ts'
import { registerHealth, type HealthCheck, type Readiness } from './health.ts'
import { registerMetrics } from './metrics.ts'
import { registerApiDocument } from './openapi.ts'
import { identifyRequests, rememberRoutes, requestIdOf, requestLogger } from './request-log.ts'
import { endSlowBodies, stillArriving } from './slow-bodies.ts'
import { validatorCompiler } from './validation.ts'

/** Larger bodies answer 413; routes that take more say so in their contract. */
const BODY_LIMIT_BYTES = 64 * 1024

declare module 'fastify' {
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

/** What every process answers alike: problem documents, ids, access rules, health, metrics, its OpenAPI document. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const log: FastifyBaseLogger = options.log ?? pino({ level: 'silent' })
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    childLoggerFactory: requestLogger,
    // A media grant is longer than the 100 characters that the router takes by itself.
    routerOptions: { maxParamLength: 1000 },
    trustProxy: options.trustedProxies || false,
    genReqId: (raw) => requestIdOf(raw.headers['x-request-id']),
    requestTimeout: STREAM_LIMIT_MS,
    // Slow headers and slow bodies must not hold a connection for ever.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
    forceCloseConnections: 'idle',
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(options.validate === false ? () => (value) => ({ value }) : validatorCompiler)
  rememberRoutes(app)
  limitAnswers(app)
  endSlowBodies(app)
  answerWithProblems(app)
  identifyRequests(app, log)
  if (options.validate !== false) takeAbsentBodies(app)
  app.decorate('metrics', registerMetrics(app))
  app.decorate('readiness', { checks: options.checks ?? {}, stopping: false })
  endConnectionsOnStop(app)
  await registerApiDocument(app, options.name)
  await options.beforeGuard?.(app)
  guardRoutes(app, options.verifyToken)
  registerHealth(app, app.readiness)
  return app
}

/** A body of which no field is required may be left out; JSON's `null` is not that. */
function takeAbsentBodies(app: Server) {
  app.addHook('onRoute', (route) => {
    if (!hasOnlyOptionalFields(route.schema?.body)) return
    const own = [route.preValidation ?? []].flat()
    const fillIn: preValidationHookHandler = (request, _reply, done) => {
      if (request.body === undefined) request.body = {}
      done()
    }
    route.preValidation = [fillIn, ...own]
  })
}

function hasOnlyOptionalFields(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null || !('type' in schema)) return false
  if (schema.type !== 'object') return false
  return !('required' in schema && Array.isArray(schema.required) && schema.required.length > 0)
}

/** Kept-alive connections would hold up the stop until they time out. */
function endConnectionsOnStop(app: Server) {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (app.readiness.stopping) void reply.header('connection', 'close')
    done(null, payload)
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
