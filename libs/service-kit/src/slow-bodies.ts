import type { FastifyInstance, FastifyRequest } from 'fastify'

/** After the answer to a request that is still being sent: long enough for a client to read it. */
const LINGER_MS = 5000

/** False also where there is no telling, as for requests that a test injects. */
export const stillArriving = ({ raw }: Pick<FastifyRequest, 'raw'>) => raw.complete === false

/** A client that goes on sending, slowly, what was answered already must not hold a connection by it. */
export function endSlowBodies(app: FastifyInstance) {
  app.addHook('onResponse', (request, _reply, done) => {
    if (stillArriving(request)) endLater(request)
    done()
  })
}

function endLater(request: Pick<FastifyRequest, 'raw'>) {
  // Taken now: a request whose connection has gone has none any more.
  const { socket } = request.raw
  const end = () => {
    if (stillArriving(request)) socket.destroy()
  }
  setTimeout(end, LINGER_MS).unref()
}
