import type { SocketMessage } from '@aetherlearn/contracts/shape'
import { io, type ManagerOptions, type SocketOptions } from 'socket.io-client'
import type { Static, TSchema } from 'typebox'

export type LiveOptions = {
  /** Origin of the gateway. Empty: the page's own origin. */
  origin: string
  token: () => Promise<string | undefined>
}

/** Messages from the gateway to this person's browsers. They may be lost, so read the state as well. */
export type Live = {
  /** Hears one kind of message, named by its value in the contracts; the answer stops that. */
  on<S extends TSchema>(message: SocketMessage<S>, listener: (payload: Static<S>) => void): () => void
  /** Calls with true once connected, with false when the connection is lost. */
  onConnection(listener: (connected: boolean) => void): () => void
  close(): void
}

/** The gateway may refuse a token that is about to be renewed, or be restarting. */
const RETRY_REFUSED_MS = 3000

/** Connects to the gateway's Socket.IO and stays connected until closed. */
export function connectLive({ origin, token }: LiveOptions): Live {
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
    close() {
      clearTimeout(retry)
      socket.disconnect()
    },
  }
}
