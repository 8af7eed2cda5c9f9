import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { WebhookMessage } from '@aetherlearn/contracts/analytics/webhooks'
import { Value } from 'typebox/value'

export type Received = { id: string; headers: IncomingHttpHeaders; body: string; message: WebhookMessage }

/** A server that is told of things; `status` says what it answers to which request. */
export async function startReceiver(make: (listener: RequestListener) => Server = createServer) {
  const received: Received[] = []
  const waiting = new Set<() => void>()
  const answers = { status: (_count: number): number => 204, hold: false, body: '', location: '' }
  const server = make((request, response) => {
    void (async () => {
      const body = await text(request)
      const { headers } = request
      const message = Value.Parse(WebhookMessage, JSON.parse(body))
      received.push({ id: String(headers['webhook-id']), headers, body, message })
      const status = answers.status(received.length)
      if (!answers.hold) response.writeHead(status, { location: answers.location }).end(answers.body)
      for (const look of waiting) look()
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: AddressInfo = Object(server.address())
  /** What was received, as soon as that is enough. */
  async function until(isEnough: (all: Received[]) => boolean): Promise<Received[]> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => {
      if (isEnough(received)) resolve()
    }
    waiting.add(look)
    look()
    await promise
    waiting.delete(look)
    return received
  }
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}/hook?of=algebra`, port, received, answers, until, close }
}
