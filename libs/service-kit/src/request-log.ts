import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { withoutSecrets } from './log.ts'
import type { Server } from './server.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** 32 hex digits (W3C Trace Context §3.2.2.3), the same through gateway, services, events and jobs. */
    readonly traceId: string
    /** Of `traceId`, once it was asked for. */
    tracedAs: string | undefined
    /** `routeOptions`, put together once. */
    matched: FastifyRequest['routeOptions']
  }
}

const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/
/** The caller's, where it has the form of one. */
export const requestIdOf = (given: string | string[] | undefined) =>
  typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Of a UUID. */
const withoutHyphens = (id: string) =>
  id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24)
const traceIdOf = ({ id, headers }: FastifyRequest) => {
  const given = headers.traceparent
  const trace = typeof given === 'string' ? TRACEPARENT.exec(given)?.[1] : undefined
  // A UUID is as random as a trace id must be; a second one would say nothing new.
  return trace ?? withoutHyphens(UUID.test(id) ? id : randomUUID())
}

/** Fastify puts a route's options together each time that they are asked for; five hooks ask for them. */
export function rememberRoutes(app: Server) {
  app.decorateRequest('matched')
  app.addHook('onRequest', (request, _reply, done) => {
    request.matched = request.routeOptions
    done()
  })
}

const TALKATIVE = new Set(['debug', 'trace'])

/** Every answer carries its request's id; every request leaves one line in the log. */
export function identifyRequests(app: Server, log: FastifyBaseLogger) {
  // Worked out where it is asked for: most heartbeats never are.
  app.decorateRequest('tracedAs')
  app.decorateRequest('traceId', {
    getter() {
      return (this.tracedAs ??= traceIdOf(this))
    },
  })
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id)
    done()
  })
  // What the line holds is ours or has lost its secrets: looking through it again would be for nothing.
  const lines = log.child({}, { redact: [] })
  app.addHook('onResponse', (request, reply, done) => {
    const { config, logLevel } = request.matched
    // Thousands of heartbeats a second say nothing that the metrics do not say.
    const quiet = config.rate === 'heartbeat' && reply.statusCode < 400
    const to = logLevel ? request.log : lines
    if (!quiet || TALKATIVE.has(to.level))
      to[quiet ? 'debug' : 'info'](lineOf(request, reply), 'request answered')
    done()
  })
}

const lineOf = (request: FastifyRequest, reply: FastifyReply) => ({
  reqId: request.id,
  method: request.method,
  url: withoutSecrets(request.url),
  status: reply.statusCode,
  durationMs: Math.round(reply.elapsedTime * 10) / 10,
  traceId: request.traceId,
  userId: request.caller?.id,
})

type Say = (...line: unknown[]) => void
const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

class LazyLogger {
  readonly #parent: FastifyBaseLogger
  readonly #bindings: Record<string, unknown>
  readonly #options: object
  #made: FastifyBaseLogger | undefined
  constructor(parent: FastifyBaseLogger, bindings: Record<string, unknown>, options: object) {
    this.#parent = parent
    this.#bindings = bindings
    this.#options = options
  }
  get made() {
    return (this.#made ??= this.#parent.child(this.#bindings, this.#options))
  }
  get level() {
    return this.made.level
  }
  set level(level) {
    this.made.level = level
  }
  child(bindings: Record<string, unknown>, options?: object) {
    return this.made.child(bindings, options)
  }
}
for (const level of levels) {
  const say = function (this: LazyLogger, ...line: unknown[]) {
    // Pino's methods are overloaded; what comes in is what one of them takes.
    const { made } = this
    ;(made[level] as Say).apply(made, line)
  }
  Object.defineProperty(LazyLogger.prototype, level, { value: say })
}

/** The logger of one request, made when it is first needed: most requests say nothing but their line. */
export const requestLogger = (
  parent: FastifyBaseLogger,
  bindings: Record<string, unknown>,
  options: object,
): FastifyBaseLogger => new LazyLogger(parent, bindings, options) as unknown as FastifyBaseLogger
