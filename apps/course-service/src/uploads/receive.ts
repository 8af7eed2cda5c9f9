import type { Readable } from 'node:stream'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { StoredChunk } from './chunk-store.ts'
import { createClaims, displaced, type Lease } from './claims.ts'
import { meter } from './meter.ts'
import { chunkBytes, type ChunkRow } from './rules.ts'
import type { UploadRow, UploadStore } from './store.ts'
import type { UploadLimits, UsageStore } from './usage-store.ts'

export type IncomingChunk = {
  index: number
  /** Where the index stood in the request, for the client to find its fault. */
  indexField: string
  body: Readable
  /** As the transport says; needed where the size of the whole file is not known. */
  sizeBytes?: number | undefined
  /** 64 hex digits, asked for at the end of the body; checked before the chunk counts. */
  sha256?: string | (() => string | undefined) | undefined
}
type Deps = { uploads: UploadStore; objects: ObjectStore; usage: UsageStore; uploadLimits: UploadLimits }
type Writer = { displace(): void; done: Promise<unknown> }

/** Takes chunks in any order; a chunk counts only when it is whole, on disk, and matches its checksum. */
export function createChunkReceiver(deps: Deps) {
  /** Who writes which chunk here: a client that lost its connection sends again before we notice. */
  const writers = new Map<string, Writer>()
  const claim = createClaims(deps.uploads)

  return async (upload: UploadRow, chunk: IncomingChunk): Promise<void> => {
    if (upload.state !== 'OPEN') throw fail('UPLOAD_NOT_OPEN')
    const sizeBytes = chunkBytes(upload, chunk)
    const place = `${upload.parts.partsId}/${chunk.index}`
    const older = writers.get(place)
    const reason = displaced()
    const abort = new AbortController()
    const displace = () => {
      abort.abort(reason)
      // A stalled body would wait for its next byte for ever, so the stream itself is ended.
      chunk.body.destroy(reason)
    }
    // While it waits for its turn nobody else listens to this stream.
    chunk.body.on('error', () => {})
    const turn = async () => {
      older?.displace()
      await older?.done
      abort.signal.throwIfAborted()
      await takeRoom(deps, upload, { index: chunk.index, sizeBytes })
      const { partsId } = upload.parts
      const claimed = await claim({ partsId, index: chunk.index }, abort.signal, displace)
      const sized = { ...chunk, sizeBytes }
      if ('stored' in claimed) await compare(claimed.stored, sized)
      else await storeChunk(deps, upload, sized, { lease: claimed.lease, signal: abort.signal })
    }
    const work = turn().catch((error: unknown) => {
      throw abort.signal.aborted ? reason : error
    })
    const writer: Writer = { displace, done: work.catch(() => undefined) }
    writers.set(place, writer)
    try {
      await work
    } finally {
      if (writers.get(place) === writer) writers.delete(place)
    }
  }
}

type SizedChunk = IncomingChunk & { sizeBytes: number }

/** Where the size was told, the room was taken at the beginning. */
async function takeRoom({ usage, uploadLimits }: Deps, upload: UploadRow, chunk: ChunkRow) {
  if (upload.sizeBytes !== undefined) return
  const sizeBytes = chunk.index * upload.chunkSizeBytes + chunk.sizeBytes
  await usage.grow({ ownerId: upload.ownerId, uploadId: String(upload._id), sizeBytes }, uploadLimits)
}

/** Written once already: these bytes are only compared, as they may be others. */
async function compare(stored: StoredChunk, chunk: SizedChunk) {
  const { sha256 } = await meter(chunk).readThrough()
  assertSame(stored, sha256)
}

type Turn = { lease: Lease; signal: AbortSignal }

async function storeChunk(
  { uploads, objects }: Deps,
  upload: UploadRow,
  chunk: SizedChunk,
  { lease, signal }: Turn,
) {
  const { index, sizeBytes } = chunk
  const metered = meter(chunk, lease)
  const part = { index, offset: index * upload.chunkSizeBytes, sizeBytes }
  const mayWrite = () => (lease.isSure() ? undefined : lease.confirm())
  try {
    const { etag } = await objects.putPart(upload.parts, part, metered.bytes(), { signal, mayWrite })
    const found = metered.result()
    // From here on nobody can take the chunk from us unnoticed: the record counts only with the claim.
    lease.forget()
    const row = { index, sizeBytes, etag, ...found }
    assertSame(await uploads.record(upload, row, lease.writerId), found.sha256)
  } catch (error) {
    await lease.release()
    throw error
  }
}

function assertSame(stored: StoredChunk, sha256: string) {
  if (stored.sha256 !== sha256) throw fail('CHUNK_CONFLICT')
}
