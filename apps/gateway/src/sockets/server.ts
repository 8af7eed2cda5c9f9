import type { IncomingMessage } from 'node:http'
import type { Caller, VerifyToken } from '@aetherlearn/service-kit/auth'
import { failureOf } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { Server as SocketServer, type Socket } from 'socket.io'
import { takeCalls } from './calls.ts'

/** Of what browsers send, only the calls that contracts name are read. */
type FromBrowser = Record<string, (...sent: unknown[]) => void>
type ToBrowser = Record<string, (payload: unknown) => void>
type Signed = { caller: Caller; token: string }
type Sockets = SocketServer<FromBrowser, ToBrowser, FromBrowser, Signed>
export type UserSockets = {
  /** Sends to every browser of the user that is connected to this gateway. */
  emit(userId: string, message: string, payload: unknown): void
}

/** A client that connects and says nothing holds a socket for this long. */
const CONNECT_TIMEOUT_MS = 5000
const MAX_MESSAGE_BYTES = 64 * 1024

const roomOf = (userId: string) => `user:${userId}`

/**
 * Browsers send an Origin and cannot forge it: a page of somebody else must not open a socket with its visitor's
 * session. Scripts send none.
 */
export function comesFromOwnPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = headers
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

type SocketOptions = {
  verifyToken: VerifyToken
  /** Where packages are, which have no sockets; or empty. */
  contentOrigin: string
}

/** Socket.IO beside the routes. A socket belongs to one user and lives no longer than the token it came with. */
export function openSockets(app: Server, { verifyToken, contentOrigin }: SocketOptions): UserSockets {
  const contentHost = contentOrigin === '' ? undefined : new URL(contentOrigin).host
  const io: Sockets = new SocketServer(app.server, {
    serveClient: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    allowRequest: (request, decide) =>
      decide(null, comesFromOwnPage(request) && request.headers.host !== contentHost),
  })
  io.use((socket, next) => {
    admit(socket, verifyToken).then(() => next(), next)
  })
  const take = takeCalls(app)
  io.on('connection', (socket) => {
    const { caller, token } = socket.data
    void socket.join(roomOf(caller.id))
    const end = setTimeout(() => socket.disconnect(true), caller.expiresAt - Date.now())
    socket.once('disconnect', () => clearTimeout(end))
    take(socket, token)
  })
  app.addHook('preClose', async () => {
    io.disconnectSockets(true)
    io.engine.close()
  })
  return { emit: (userId, message, payload) => void io.to(roomOf(userId)).emit(message, payload) }
}

async function admit(socket: Socket<FromBrowser, ToBrowser, FromBrowser, Signed>, verifyToken: VerifyToken) {
  const { token: sent } = socket.handshake.auth
  const token = typeof sent === 'string' ? sent : ''
  try {
    socket.data.caller = await verifyToken(token)
    socket.data.token = token
  } catch (error) {
    // The client sees a code, as in every other answer.
    throw new Error(failureOf(error)?.code ?? 'INTERNAL', { cause: error })
  }
}
