import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReadyAnswer } from './shared-cache.ts'

const WEAK = /^W\//

/** If-None-Match compares weakly: RFC 9110 §13.1.2. */
export function hasAlready(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === etag || ifNoneMatch.trim() === '*') return true
  return ifNoneMatch.split(',').some((one) => one.trim().replace(WEAK, '') === etag)
}

/** What the route's contract makes of an answer, as text to be kept. */
export const written = (reply: Pick<FastifyReply, 'serialize'>, answer: object): string =>
  String(reply.serialize(answer as never))

type Asked = Pick<FastifyRequest, 'headers'>
type Answering = Pick<FastifyReply, 'header' | 'code' | 'send' | 'type'>

/** Bytes that are an answer of this route already; 304 for a client that has them. Anyone may keep them and must ask. */
export function sendReady(request: Asked, reply: object, { bytes, etag }: ReadyAnswer): never {
  const answer = reply as Answering
  void answer.header('etag', etag).header('cache-control', 'public, max-age=0, must-revalidate')
  if (hasAlready(request.headers['if-none-match'], etag)) void answer.code(304).send()
  else void answer.header('content-type', 'application/json; charset=utf-8').send(bytes)
  // The framework takes the reply itself for "answered"; the route's type knows only the contract's answer.
  return reply as never
}
