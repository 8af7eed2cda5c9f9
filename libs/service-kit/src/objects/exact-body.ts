import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Part, PartBody } from './store.ts'

/**
 * The part's bytes as a stream that holds its last ones back until the body has ended with the right length: a receiver
 * that waits for `part.sizeBytes` never has a whole part of a body that was too long, too short or broke off.
 */
export function exactBody(part: Part): Transform {
  let seen = 0
  let held: Uint8Array | undefined
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length
      if (seen > part.sizeBytes) return done(new Error(`Part ${part.index} is longer than announced`))
      const before = held
      held = chunk.length === 0 ? held : chunk
      return chunk.length === 0 || before === undefined ? done() : done(null, before)
    },
    flush(done) {
      if (seen !== part.sizeBytes) return done(new Error(`Part ${part.index} ended after ${seen} bytes`))
      return held === undefined ? done() : done(null, held)
    },
  })
}

/** Sends exactly the part's bytes; what goes wrong with the body or `signal` ends the sending, and is what is thrown. */
export async function sendExactly<T>(
  part: Part,
  body: PartBody,
  signal: AbortSignal | undefined,
  send: (body: Readable, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const exact = exactBody(part)
  const ended = new AbortController()
  const all = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal])
  const state: { failure?: unknown } = {}
  const piped = pipeline(body, exact, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    state.failure ??= error
    ended.abort(error)
  })
  try {
    return await send(exact, all)
  } catch (error) {
    const failure = state.failure ?? error
    state.failure = failure
    exact.destroy()
    throw failure
  } finally {
    await piped
  }
}
