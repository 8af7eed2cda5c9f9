import { randomUUID } from 'node:crypto'
import type { Endpoint } from '@aetherlearn/contracts/shape'
import { appNames, apps } from '@aetherlearn/contracts/system'
import { fail, failureOf, problemOf, type Failure } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { createTurns } from '@aetherlearn/service-kit/turns'
import type { Socket } from 'socket.io'

/** Of one socket: the one that is under way, and those that wait for it. */
const MAX_UNANSWERED = 8

/** What a browser hears of its call: what the route answers, or its problem document, and the status of either. */
type Answer = { status: number }
/** Whose call it is: its token is checked again with each. */
type By = { token: string; socket: Pick<Socket, 'id' | 'handshake'> }
type Listening = Pick<Socket, 'id' | 'handshake'> & {
  on(name: string, listener: (...sent: unknown[]) => void): unknown
}

const socketCalls = appNames.flatMap((name) => apps[name].socketCalls)

/**
 * Takes the calls that contracts allow over a socket. Each goes through this gateway as if it had come over HTTP: access
 * rule, bucket, limits, ids, log and way to the service are those of its route. Those of one socket are carried out in
 * the order in which they were sent, and each that can be acknowledged is.
 */
export function takeCalls(app: Server): (socket: Listening, token: string) => void {
  const turns = createTurns()
  return (socket, token) => {
    let unanswered = 0
    const by = { token, socket }
    for (const { name, endpoint } of socketCalls) {
      socket.on(name, (...sent) => {
        const acknowledge = sent.at(-1)
        // Nobody would hear what came of it.
        if (typeof acknowledge !== 'function') return
        if (unanswered === MAX_UNANSWERED) {
          acknowledge(refusalOf(fail('RATE_LIMITED', { retryAfterSeconds: 1 })))
          return
        }
        unanswered += 1
        const body = sent.length > 1 ? sent[0] : null
        const answer = turns(socket.id, () => answerTo(app, endpoint, body, by)).catch(refusedBy(app))
        void answer.then((said) => {
          unanswered -= 1
          acknowledge(said)
        })
      })
    }
  }
}

async function answerTo(app: Server, endpoint: Endpoint, body: unknown, by: By): Promise<Answer> {
  const { address, headers } = by.socket.handshake
  const response = await app.inject({
    method: endpoint.method,
    url: endpoint.url,
    remoteAddress: address,
    headers: {
      authorization: `Bearer ${by.token}`,
      'content-type': 'application/json',
      'user-agent': headers['user-agent'],
    },
    payload: textOf(body),
  })
  const said: unknown = response.json()
  const wait = Number(response.headers['retry-after'])
  const retry = wait > 0 ? { retryAfterSeconds: wait } : {}
  return { ...Object(said), ...retry, status: response.statusCode }
}

/** What came in can be nested deeper than can be written. */
function textOf(body: unknown): string {
  try {
    return JSON.stringify(body) ?? 'null'
  } catch (cause) {
    const message = 'is nested too deep'
    throw fail('INVALID_INPUT', { cause, errors: [{ field: 'body', message }] })
  }
}

/** What a call is told that has no answer of its route. */
const refusedBy =
  (app: Server) =>
  (error: unknown): Answer => {
    const failure = failureOf(error)
    if (failure !== undefined) return refusalOf(failure)
    app.log.error({ err: error }, 'a call over a socket failed')
    return refusalOf(fail('UNAVAILABLE', { cause: error, retryAfterSeconds: 2 }))
  }

function refusalOf(failure: Failure): Answer {
  const { retryAfterSeconds } = failure.options
  return { ...problemOf(failure, randomUUID()), ...(retryAfterSeconds && { retryAfterSeconds }) }
}
