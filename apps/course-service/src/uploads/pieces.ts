import type { Readable } from 'node:stream'

/** Of 64 KiB, as a socket gives them. */
const MAX_WAITING = 8

/**
 * The pieces of a body as the socket gave them. Node's own iterator joins what waits into a new buffer, which copies every
 * byte once more. Whoever stops early leaves the stream as it is: ending it would end the connection before our answer
 * is on it.
 */
export async function* piecesOf(body: Readable): AsyncGenerator<Uint8Array> {
  const waiting: Uint8Array[] = []
  let isOver = body.readableEnded
  let wake = () => {}
  const onData = (piece: Uint8Array) => {
    waiting.push(piece)
    if (waiting.length >= MAX_WAITING) body.pause()
    wake()
  }
  const onEnd = () => {
    isOver = true
    wake()
  }
  const onStop = () => wake()
  body.on('error', onStop).on('end', onEnd).on('close', onStop).on('data', onData)
  try {
    for (;;) {
      for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) yield piece
      if (body.errored !== null) throw body.errored
      if (isOver) return
      if (body.destroyed) throw cutOff()
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      body.resume()
      await promise
    }
  } finally {
    body.off('error', onStop).off('end', onEnd).off('close', onStop).off('data', onData)
  }
}

/** As Node's own iterator says it. */
const cutOff = () => Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
