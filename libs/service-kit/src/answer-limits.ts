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
/** Of a reply that does not wait. */
const NOWHERE = -1
/** How late the end of a limit may be noticed. */
const LOOK_EVERY_MS = 50

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A request of this route that has no answer by then is given up; 0 where Fastify sees to it. */
    answerMs?: number
  }
  interface FastifyReply {
    /** Where it stands among those that wait for their answer. */
    place: number
  }
}

/**
 * Gives up requests that have no answer in time, as Fastify's `handlerTimeout` does, but with one timer for all of
 * them: a timer and an abort signal for each is a fifth of what a heartbeat costs.
 */
export function limitAnswers(app: Server) {
  const lines = new Map<number, Line>()
  app.decorateReply('place', NOWHERE)
  app.addHook('onRoute', (route) => {
    const stream = route.config?.rate === 'upload' || route.config?.rate === 'media'
    const limitMs = route.handlerTimeout ?? (stream ? STREAM_LIMIT_MS : HANDLER_LIMIT_MS)
    const own = limitMs <= LONGEST_OWN_MS
    if (own) delete route.handlerTimeout
    else route.handlerTimeout = limitMs
    route.config = { ...route.config, answerMs: own ? limitMs : 0 }
  })
  const lineOf = (limitMs: number) => {
    const known = lines.get(limitMs)
    if (known !== undefined) return known
    const added: Line = { waiting: [], gone: 0 }
    lines.set(limitMs, added)
    return added
  }
  const limitOf = ({ request }: FastifyReply) => request.matched.config?.answerMs ?? HANDLER_LIMIT_MS
  app.addHook('onRequest', (_request, reply, done) => {
    const limitMs = limitOf(reply)
    if (limitMs > 0) join(lineOf(limitMs), reply)
    done()
  })
  app.addHook('onResponse', (_request, reply, done) => {
    const line = lines.get(limitOf(reply))
    if (line !== undefined) leave(line, reply)
    done()
  })
  const look = () => {
    for (const [limitMs, line] of lines)
      for (const reply of takeFirst(line, limitMs)) if (reply !== undefined) giveUp(reply, limitMs)
  }
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  app.addHook('onClose', () => clearInterval(timer))
}

/**
 * Who waits for an answer, in the order of arrival: the first are always the oldest. An array whose places are emptied, as
 * a Set that thousands a second join and leave is made anew all the time, and the tables that it leaves behind keep requests
 * that are over alive until the next large collection.
 */
type Line = {
  waiting: (FastifyReply | undefined)[]
  /** How many have stood before the first. */
  gone: number
}

function join(line: Line, reply: FastifyReply) {
  reply.place = line.gone + line.waiting.push(reply) - 1
}

function leave({ waiting, gone }: Line, reply: FastifyReply) {
  if (reply.place >= gone) waiting[reply.place - gone] = undefined
}

/** Takes those at the front out who are answered or have waited so long; the latter are in what it answers. */
function takeFirst(line: Line, limitMs: number) {
  const first = line.waiting.findIndex((reply) => reply !== undefined && reply.elapsedTime < limitMs)
  const taken = line.waiting.splice(0, first === -1 ? line.waiting.length : first)
  line.gone += taken.length
  return taken
}

function giveUp(reply: FastifyReply, limitMs: number) {
  if (reply.sent || reply.raw.destroyed) return
  const error = new errorCodes.FST_ERR_HANDLER_TIMEOUT(String(limitMs), reply.request.matched.url)
  // Half an answer is on its way: only the end of the connection tells the client that there will be no more.
  if (reply.raw.headersSent) reply.raw.destroy(error)
  else void reply.send(error)
}
