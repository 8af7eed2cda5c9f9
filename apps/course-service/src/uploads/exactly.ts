import type { Readable } from 'node:stream'
import { fail } from '@aetherlearn/service-kit/errors'

/** The body of a request, which is to be as long as announced. */
export async function* exactly(body: Readable, sizeBytes: number) {
  let received = 0
  // Ending the request's own stream would end the connection before our answer is on it.
  const source: AsyncIterable<Uint8Array> = body.iterator({ destroyOnReturn: false })
  for await (const bytes of source) {
    received += bytes.length
    yield bytes
  }
  if (received !== sizeBytes)
    throw fail('INVALID_INPUT', { errors: [{ field: 'body', message: 'ended too early' }] })
}
