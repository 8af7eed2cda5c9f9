import type { Problem } from '@aetherlearn/contracts/errors'
import type { Endpoint, SocketCall, SocketMessage } from '@aetherlearn/contracts/shape'
import { io, type ManagerOptions, type SocketOptions } from 'socket.io-client'
import type { Static, TSchema } from 'typebox'
import { ApiError, type CallInput, type CallOutput } from './client.ts'

export type LiveOptions = {
  /** Origin of the gateway. Empty: the page's own origin. */
  origin: string
  token: () => Promise<string | undefined>
  /** How long a call over the socket waits for its answer. */
  answerMs?: number
}

/** Messages from the gateway to this person's browsers. They may be lost, so read the state as well. */
export type Live = {
  /** Hears one kind of message, named by its value in the contracts; the answer stops that. */
  on<S extends TSchema>(message: SocketMessage<S>, listener: (payload: Static<S>) => void): () => void
  /** Calls with true once connected, with false when the connection is lost. */
  onConnection(listener: (connected: boolean) => void): () => void
  /** A call over the connection. Throws `ApiError` where it is refused, `NoAnswer` where there is no telling. */
  call<E extends Endpoint>(call: SocketCall<E>, body: BodyOf<E>): Promise<CallOutput<E>>
  close(): void
}
type BodyOf<E extends Endpoint> = E['schema']['body'] extends TSchema ? Static<E['schema']['body']> : never

/** There is no connection, or no answer came in time: the call may have been carried out or not. */
export class NoAnswer extends Error {
  constructor(cause?: unknown) {
    super('there was no answer over the socket', { cause })
    this.name = 'NoAnswer'
  }
}

/** The gateway may refuse a token that is about to be renewed, or be restarting. */
const RETRY_REFUSED_MS = 3000
const ANSWER_MS = 2000

/** Connects to the gateway's Socket.IO and stays connected until closed. */
export function connectLive({ origin, token, answerMs = ANSWER_MS }: LiveOptions): Live {
  // WebSocket first: it needs no sticky sessions where there are several gateways.
  const options: Partial<ManagerOptions & SocketOptions> = {
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    auth: (give) =>
      void token().then(
        (value) => give({ token: value }),
        () => give({}),
      ),
  }
  const socket = origin === '' ? io(options) : io(origin, options)
  let retry: ReturnType<typeof setTimeout> | undefined
  /** Where the server itself refused or ended the connection, Socket.IO does not try again by itself. */
  const again = (afterMs: number) => {
    if (!socket.active) retry = setTimeout(() => socket.connect(), afterMs)
  }
  socket.on('connect_error', () => again(RETRY_REFUSED_MS))
  // The gateway ends a connection together with the token it came with; the next one comes with a new token.
  socket.on('disconnect', (reason) => {
    if (reason === 'io server disconnect') again(0)
  })
  return {
    on(message, listener) {
      socket.on(message.name, listener)
      return () => void socket.off(message.name, listener)
    },
    onConnection(listener) {
      const connected = () => listener(true)
      const lost = () => listener(false)
      socket.on('connect', connected).on('disconnect', lost)
      listener(socket.connected)
      return () => void socket.off('connect', connected).off('disconnect', lost)
    },
    async call({ name }, body) {
      // What is sent without a connection would be kept, and sent when it is long out of date.
      if (!socket.connected) throw new NoAnswer()
      const answer: unknown = await socket
        .timeout(answerMs)
        .emitWithAck(name, body)
        .catch((error: unknown) => {
          throw new NoAnswer(error)
        })
      return answerOf(answer)
    },
    close() {
      clearTimeout(retry)
      socket.disconnect()
    },
  }
}

/** The gateway acknowledges with what the route answers, or with a problem document, and `status` in either. */
function answerOf<E extends Endpoint>(said: unknown): CallOutput<E> {
  const { status, retryAfterSeconds, ...answer } = said as Problem & { retryAfterSeconds?: number }
  if (status >= 400) throw new ApiError({ status, ...answer }, retryAfterSeconds)
  return answer as CallOutput<E>
}

export type OverSocketOptions<E extends Endpoint> = {
  live: Pick<Live, 'call'>
  call: SocketCall<E>
  /** The same call as a request: the client's own function. */
  request: (input: CallInput<E>) => Promise<CallOutput<E>>
  /** True where only a request will do: a page that goes away takes its socket with it. */
  requestOnly?: () => boolean
}

/**
 * The function of a client, over the socket while there is one: to be given to whatever takes that function. A call that
 * has no answer is made again as a request, so what it does must be harmless to do twice.
 */
export function overSocket<E extends Endpoint>(options: OverSocketOptions<E>) {
  const { live, call, request, requestOnly = () => false } = options
  return async (input: CallInput<E> & { body: BodyOf<E> }): Promise<CallOutput<E>> => {
    if (requestOnly()) return request(input)
    try {
      return await live.call(call, input.body)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      return request(input)
    }
  }
}
