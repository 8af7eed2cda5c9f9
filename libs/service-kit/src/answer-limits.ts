import { errorCodes, type FastifyReply } from 'fastify'
import type { Server } from './server.ts'

/**
 * After this a request answers 503, whatever it waits for: two seconds are promised, and a busy machine needs some of
 * them. Upload and media routes have their own limit.
 */
const HANDLER_LIMIT_MS = 1600
export const STREAM_LIMIT_MS = 15 * 60_000
/** Longer ones are left to Fastify: such requests are few, and many end because the client goes away. */
const LONGEST_OWN_MS = 10_000
/** How late the end of a limit may be noticed. */
const LOOK_EVERY_MS = 50

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A request of this route that has no answer by then is given up; 0 where Fastify sees to it. */
    answerMs?: number
  }
}

/**
 * Gives up requests that have no answer in time, as Fastify's `handlerTimeout` does, but with one timer for all of
 * them: a timer and an abort signal for each is a fifth of what a heartbeat costs.
 */
export function limitAnswers(app: Server) {
  /** By limit; each is in the order of arrival, so the first are always the oldest. */
  const waiting = new Map<number, Set<FastifyReply>>()
  app.addHook('onRoute', (route) => {
    const stream = route.config?.rate === 'upload' || route.config?.rate === 'media'
    const limitMs = route.handlerTimeout ?? (stream ? STREAM_LIMIT_MS : HANDLER_LIMIT_MS)
    const own = limitMs <= LONGEST_OWN_MS
    if (own) delete route.handlerTimeout
    else route.handlerTimeout = limitMs
    route.config = { ...route.config, answerMs: own ? limitMs : 0 }
  })
  const waitingWith = (limitMs: number) => {
    const known = waiting.get(limitMs)
    if (known !== undefined) return known
    const added = new Set<FastifyReply>()
    waiting.set(limitMs, added)
    return added
  }
  const limitOf = ({ request }: FastifyReply) => request.matched.config?.answerMs ?? HANDLER_LIMIT_MS
  app.addHook('onRequest', (_request, reply, done) => {
    const limitMs = limitOf(reply)
    if (limitMs > 0) waitingWith(limitMs).add(reply)
    done()
  })
  app.addHook('onResponse', (_request, reply, done) => {
    waiting.get(limitOf(reply))?.delete(reply)
    done()
  })
  const look = () => {
    for (const [limitMs, replies] of waiting) {
      for (const reply of replies) {
        if (reply.elapsedTime < limitMs) break
        replies.delete(reply)
        giveUp(reply, limitMs)
      }
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  app.addHook('onClose', () => clearInterval(timer))
}

function giveUp(reply: FastifyReply, limitMs: number) {
  if (reply.sent || reply.raw.destroyed) return
  const error = new errorCodes.FST_ERR_HANDLER_TIMEOUT(String(limitMs), reply.request.matched.url)
  // Half an answer is on its way: only the end of the connection tells the client that there will be no more.
  if (reply.raw.headersSent) reply.raw.destroy(error)
  else void reply.send(error)
}
