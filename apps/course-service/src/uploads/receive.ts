import type { Readable } from 'node:stream'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { meter } from './meter.ts'
import { chunkBytes } from './rules.ts'
import type { StoredChunk, UploadRow, UploadStore } from './store.ts'

export type IncomingChunk = {
  index: number
  /** Where the index stood in the request, for the client to find its fault. */
  indexField: string
  body: Readable
  /** As the transport says; needed where the size of the whole file is not known. */
  sizeBytes?: number | undefined
  /** 64 hex digits; checked before the chunk counts. */
  sha256?: string | undefined
}
type Deps = { uploads: UploadStore; objects: ObjectStore }
type Writer = { displace(): void; done: Promise<unknown> }

/** Takes chunks in any order; a chunk counts only when it is whole, on disk, and matches its checksum. */
export function createChunkReceiver(deps: Deps) {
  /** Who writes which chunk here: a client that lost its connection sends again before we notice. */
  const writers = new Map<string, Writer>()

  return async (upload: UploadRow, chunk: IncomingChunk): Promise<void> => {
    if (upload.state !== 'OPEN') throw fail('UPLOAD_NOT_OPEN')
    const sizeBytes = chunkBytes(upload, chunk)
    const place = `${upload.parts.partsId}/${chunk.index}`
    const older = writers.get(place)
    const displaced = fail('CHUNK_CONFLICT', {
      detail: 'The same chunk was sent again on another connection',
    })
    const abort = new AbortController()
    // While it waits for its turn nobody else listens to this stream.
    chunk.body.on('error', () => {})
    const turn = async () => {
      older?.displace()
      await older?.done
      abort.signal.throwIfAborted()
      await storeChunk(deps, upload, { ...chunk, sizeBytes }, abort.signal)
    }
    const work = turn().catch((error: unknown) => {
      throw abort.signal.aborted ? displaced : error
    })
    const writer: Writer = {
      displace: () => {
        abort.abort(displaced)
        // A stalled body would wait for its next byte for ever, so the stream itself is ended.
        chunk.body.destroy(displaced)
      },
      done: work.catch(() => undefined),
    }
    writers.set(place, writer)
    try {
      await work
    } finally {
      if (writers.get(place) === writer) writers.delete(place)
    }
  }
}

type SizedChunk = IncomingChunk & { sizeBytes: number }

async function storeChunk(
  { uploads, objects }: Deps,
  upload: UploadRow,
  chunk: SizedChunk,
  signal: AbortSignal,
) {
  const { index, sizeBytes } = chunk
  const metered = meter(chunk)
  const before = await uploads.chunk(upload, index)
  if (before !== null) {
    // Written once already: these bytes are only compared, as they may be others.
    const { sha256 } = await metered.readThrough()
    return assertSame(before, sha256)
  }
  const part = { index, offset: index * upload.chunkSizeBytes, sizeBytes }
  const { etag } = await objects.putPart(upload.parts, part, metered.bytes(), signal)
  const found = metered.result()
  assertSame(await uploads.record(upload, { index, sizeBytes, etag, ...found }), found.sha256)
}

function assertSame(stored: StoredChunk, sha256: string) {
  if (stored.sha256 !== sha256) throw fail('CHUNK_CONFLICT')
}
