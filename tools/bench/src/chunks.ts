import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 200 })

export type Send = { url: string; method: string; headers: Record<string, string>; body?: Uint8Array }

/** One request over a kept-alive connection, as lean as a client can be; anything but 2xx throws. */
export function send({ url, method, headers, body }: Send): Promise<{ location?: string | undefined }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ location?: string | undefined }>()
  const length = { 'content-length': String(body?.length ?? 0) }
  const sending = request(url, { method, headers: { ...headers, ...length }, agent }, (response) => {
    const { statusCode = 0, headers: found } = response
    response.resume()
    response.on('end', () => {
      if (statusCode >= 200 && statusCode < 300) resolve({ location: found.location })
      else reject(new Error(`${method} ${url} was answered ${statusCode}`))
    })
  })
  sending.on('error', reject)
  sending.end(body)
  return promise
}

/** Does the work for 0, 1, 2 … `count` - 1, as many at a time as there are lanes. */
export async function inLanes(lanes: number, count: number, work: (index: number) => Promise<unknown>) {
  let next = 0
  const lane = async () => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
