import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** What happens to a request; `undefined`: nothing. */
export type Fault =
  | undefined
  /** 503 SlowDown. */
  | 'refused'
  /** The connection is cut when the request is done, but not yet answered. */
  | 'unanswered'
  /** Cut amid the request's body. */
  | 'cut'
  /** Cut before the request has arrived. */
  | 'unheard'
  /** Cut when so many bytes of the answer's body have been sent. */
  | { sentBytes: number }

/** Stands before an S3 server on its bad days. `faultOf` is asked for each request. */
export async function faultProxy(target: string, faultOf: (request: IncomingMessage) => Fault) {
  const { hostname, port } = new URL(target)
  const seen = { passed: 0, refused: 0, cut: 0, sentBytes: 0 }

  async function* cutAfter(body: AsyncIterable<Uint8Array>, limit: number, outgoing: ServerResponse) {
    let left = limit
    for await (const bytes of body) {
      const part = bytes.subarray(0, left)
      left -= part.length
      seen.sentBytes += part.length
      yield part
      if (left > 0) continue
      // What was sent has arrived when the other end has seen this end close.
      outgoing.socket?.end()
      return
    }
  }
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault) => {
    const { method, url, headers } = incoming
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      if (fault === 'unanswered') return void incoming.socket.destroy()
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      const limit = typeof fault === 'object' ? fault.sentBytes : Infinity
      pipeline(cutAfter(answer, limit, outgoing), outgoing, { end: limit === Infinity }).catch(() =>
        incoming.socket.destroy(),
      )
    })
    onward.on('error', () => incoming.socket.destroy())
    incoming.on('error', () => onward.destroy())
    incoming.pipe(onward)
    return onward
  }
  const proxy = createServer((incoming, outgoing) => {
    const fault = faultOf(incoming)
    if (fault === 'refused') {
      seen.refused += 1
      incoming.resume()
      incoming.on('end', () => outgoing.writeHead(503).end('<Error><Code>SlowDown</Code></Error>'))
      return
    }
    if (fault === undefined) seen.passed += 1
    else seen.cut += 1
    if (fault === 'unheard') return void incoming.socket.destroy()
    const onward = pass(incoming, outgoing, fault)
    if (fault !== 'cut') return
    incoming.once('data', () => {
      onward.destroy()
      incoming.socket.destroy()
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port: own } = proxy.address() as AddressInfo
  const close = () => {
    proxy.close()
    proxy.closeAllConnections()
  }
  /** `seen.sentBytes`: of the bodies of answers, as far as they were passed on. */
  return { endpoint: `http://127.0.0.1:${own}`, seen, close }
}
