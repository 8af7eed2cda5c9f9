import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import replyFrom, { type FastifyReplyFromHooks } from '@fastify/reply-from'
import type { Endpoint } from '@aetherlearn/contracts/shape'
import { appNames, apps } from '@aetherlearn/contracts/system'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Upstreams } from '../config.ts'
import type { PlaceOf } from '../origins/places.ts'
import { headersForClient, headersForService } from './headers.ts'
import { lanes, type Lane } from './lanes.ts'

type ProxyOptions = { upstreams: Upstreams; whereIs: PlaceOf }

/** Every endpoint of every contract in the map, handed on to the app that owns it. Nothing else is let through. */
export const proxyRoutes: FastifyPluginAsync<ProxyOptions> = async (app, { upstreams, whereIs }) => {
  streamBodies(app)
  for (const name of appNames) {
    const entries = apps[name].apis.flatMap((api) => Object.values(api))
    for (const lane of lanes) {
      const those = entries.filter(({ config }) => lane.rates.includes(config.rate))
      const address = upstreams[name]
      if (those.length === 0) continue
      if (address === undefined)
        throw new Error(`The map gives the gateway routes of ${name}, but no way there`)
      await app.register((scope) => proxyTo(scope, { address, lane, whereIs }, those))
    }
  }
}

/** A body goes through as it comes; reading and judging it is the service's business. */
function streamBodies(app: FastifyInstance) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, detached(payload)))
}

/**
 * The bytes of a request without the request: the pool destroys a body that it cannot send, and the connection over
 * which the client waits for our answer would go with it.
 */
function detached(payload: IncomingMessage): Readable {
  const body = new PassThrough()
  payload.pipe(body)
  payload.once('close', () => {
    if (!payload.complete) body.destroy()
  })
  // What the service does not want is read and dropped, so that the client comes to read the answer.
  body.once('close', () => payload.resume())
  body.on('error', () => {
    // The answer tells.
  })
  return body
}

type Way = { address: string; lane: Lane; whereIs: PlaceOf }

async function proxyTo(app: FastifyInstance, { address, lane, whereIs }: Way, entries: Endpoint[]) {
  await app.register(replyFrom, {
    base: address,
    undici: lane.pool,
    destroyAgent: true,
    disableCache: true,
    disableRequestLogging: true,
  })
  const hooks = hooksOf(lane, whereIs)
  for (const entry of entries) {
    app.route({
      ...entry,
      handlerTimeout: lane.answerMs,
      onRequest: refuseLargeBody,
      handler: (_request, reply) => reply.from(undefined, hooks),
    })
  }
}

async function refuseLargeBody(request: FastifyRequest) {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > request.routeOptions.bodyLimit) throw fail('TOO_LARGE')
}

const SPAN_ID_BYTES = 8
/** A service that restarts closes the connections it had; that is no reason to fail a read. */
const RETRY_CLOSED_MS = 20

const hooksOf = (lane: Lane, whereIs: PlaceOf): FastifyReplyFromHooks => ({
  timeout: lane.silenceMs,
  rewriteRequestHeaders: (request, headers) =>
    headersForService(headers, request, randomBytes(SPAN_ID_BYTES).toString('hex'), whereIs(request)),
  rewriteHeaders: headersForClient,
  retryDelay: ({ err, req, attempt }) => {
    const closed = err !== null && 'code' in err && err.code === 'UND_ERR_SOCKET'
    return closed && req.method === 'GET' && attempt === 0 ? RETRY_CLOSED_MS : null
  },
  onResponse: (_request, reply, res) => {
    // Too late: the client was told 503 already, and the connection to the service must not stay occupied.
    if (reply.sent) res.stream.destroy()
    else void reply.send(res.stream)
  },
  onError: (reply, { error }) => {
    void reply.send(fail('UNAVAILABLE', { cause: error, internal: error.message, retryAfterSeconds: 2 }))
  },
})
