import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { SNIFFED_BYTES, UNSUPPORTED, expectedBytes, sniff } from './rules.ts'
import type { StoredChunk, UploadRow, UploadStore } from './store.ts'

export type IncomingChunk = {
  index: number
  body: Readable
  /** As the transport says; needed where the size of the whole file is not known. */
  sizeBytes?: number | undefined
  /** 64 hex digits; checked before the chunk counts. */
  sha256?: string | undefined
}
type Deps = { uploads: UploadStore; objects: ObjectStore }
export type ReceiveChunk = ReturnType<typeof createChunkReceiver>

/** Takes chunks in any order; a chunk counts only when it is whole, on disk, and matches its checksum. */
export function createChunkReceiver({ uploads, objects }: Deps) {
  /** Who writes which chunk here: a client that lost its connection sends again before we notice. */
  const writers = new Map<string, { abort: AbortController; done: Promise<unknown> }>()

  const write = async (
    upload: UploadRow,
    chunk: IncomingChunk,
    signal: AbortSignal,
  ): Promise<StoredChunk> => {
    const uploadId = String(upload._id)
    const { index } = chunk
    const sizeBytes = sizeOf(upload, chunk)
    const meter = meterOf(chunk.body, index === 0)
    const before = await uploads.chunk(uploadId, index)
    if (before !== null) {
      for await (const _ of meter.bytes) signal.throwIfAborted()
      return same(before, meter.sha256())
    }
    const part = { index, offset: index * upload.chunkSizeBytes, sizeBytes }
    const { etag } = await objects.putPart(upload.parts, part, Readable.from(meter.bytes), signal)
    const sha256 = meter.sha256()
    if (chunk.sha256 !== undefined && chunk.sha256 !== sha256) throw fail('CHECKSUM_MISMATCH')
    const container = meter.container()
    const stored = {
      uploadId,
      index,
      sizeBytes,
      sha256,
      etag,
      ...(container === undefined ? {} : { container }),
    }
    return same(await uploads.record(stored), sha256)
  }

  return async (upload: UploadRow, chunk: IncomingChunk): Promise<void> => {
    if (upload.state !== 'OPEN') throw fail('UPLOAD_NOT_OPEN')
    const key = `${String(upload._id)}/${chunk.index}`
    const older = writers.get(key)
    const abort = new AbortController()
    const turn = (async () => {
      older?.abort.abort(
        fail('CHUNK_CONFLICT', { detail: 'The same chunk was sent again on another connection' }),
      )
      await older?.done
      return write(upload, chunk, abort.signal)
    })()
    const done = turn.catch(() => undefined)
    // A stalled body would wait for its next byte for ever, so the stream itself is ended.
    abort.signal.addEventListener('abort', () => chunk.body.destroy(abort.signal.reason as Error))
    writers.set(key, { abort, done })
    try {
      await turn
    } finally {
      if (writers.get(key)?.abort === abort) writers.delete(key)
    }
  }
}

function sizeOf(upload: UploadRow, chunk: IncomingChunk): number {
  const expected = expectedBytes(upload, chunk.index)
  const sizeBytes = expected ?? chunk.sizeBytes
  if (sizeBytes === undefined) {
    throw fail('INVALID_INPUT', { errors: [{ field: 'headers.content-length', message: 'is required' }] })
  }
  const wrong = chunk.sizeBytes !== undefined && chunk.sizeBytes !== sizeBytes
  if (wrong || sizeBytes > upload.chunkSizeBytes || sizeBytes === 0) {
    const message = `must be ${expected ?? `1 to ${upload.chunkSizeBytes}`} bytes long, not ${chunk.sizeBytes ?? 0}`
    throw fail('INVALID_INPUT', { errors: [{ field: `chunks.${chunk.index}`, message }] })
  }
  return sizeBytes
}

function same(stored: StoredChunk, sha256: string): StoredChunk {
  if (stored.sha256 !== sha256) throw fail('CHUNK_CONFLICT')
  return stored
}

/** Passes bytes on while it hashes them, and refuses a file that is no video as soon as its first bytes are there. */
function meterOf(body: Readable, isFirst: boolean) {
  const hash = createHash('sha256')
  let head = Buffer.alloc(0)
  const bytes = (async function* () {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      hash.update(chunk)
      if (isFirst && head.length < SNIFFED_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, SNIFFED_BYTES - head.length)])
        if (head.length === SNIFFED_BYTES && sniff(head) === undefined) {
          throw fail('UNSUPPORTED_MEDIA', { detail: UNSUPPORTED })
        }
      }
      yield chunk
    }
  })()
  return { bytes, sha256: () => hash.digest('hex'), container: () => (isFirst ? sniff(head) : undefined) }
}
