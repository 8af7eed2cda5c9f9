import { createHash, randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { ClaimedPart } from './direct-rules.ts'
import { assembleDirect, type Assembled } from './direct.ts'
import { UNSUPPORTED, assertComplete } from './rules.ts'
import type { StoredChunk } from './chunk-store.ts'
import type { UploadRow, UploadStore } from './store.ts'

type Deps = { uploads: UploadStore; objects: ObjectStore }
type Request = {
  /** Left out with `claimed`: as many as the size says. */
  totalChunks: number | undefined
  /** What the client says of parts that went straight to the store. */
  claimed?: ClaimedPart[] | undefined
  traceId: string
}

/** Calls for the same upload that come in while one is at work share its outcome. */
export function createCompleter(deps: Deps) {
  const running = new Map<string, Promise<void>>()
  return (upload: UploadRow, request: Request): Promise<void> => {
    const key = JSON.stringify([String(upload._id), request.totalChunks, request.claimed])
    const known = running.get(key)
    if (known !== undefined) return known
    const work = completeUpload(deps, upload, request).finally(() => running.delete(key))
    running.set(key, work)
    return work
  }
}

/** Every step can be done again, so that calls on many instances, and one after a crash, all end the same. */
async function completeUpload({ uploads, objects }: Deps, upload: UploadRow, request: Request) {
  if (upload.state === 'DONE') return
  const { totalChunks, claimed, traceId } = request
  const isDirect = upload.direct === true || claimed !== undefined || totalChunks === undefined
  try {
    // Whoever opened it anew may have died before.
    if (upload.discarded !== undefined) await objects.remove(upload.discarded)
    const { sizeBytes, container, sha256 } = isDirect
      ? await assembleDirect({ objects }, upload, { totalChunks, claimed })
      : await assembleChunks({ uploads, objects }, upload, totalChunks)
    if (container === undefined) {
      await openAnew({ uploads, objects }, upload)
      throw fail('UNSUPPORTED_MEDIA', { detail: UNSUPPORTED })
    }
    await checkWhole({ uploads, objects }, upload)
    const checked = upload.sha256 ?? sha256
    const video = { container, sizeBytes, ...(checked === undefined ? {} : { sha256: checked }) }
    await uploads.finish(upload, video, traceId)
  } catch (error) {
    // Given up meanwhile: then its parts are gone.
    if ((await uploads.find(String(upload._id), upload.ownerId)) !== null) throw error
    throw fail('UPLOAD_NOT_OPEN', { cause: error })
  }
}

async function assembleChunks({ uploads, objects }: Deps, upload: UploadRow, totalChunks: number) {
  const chunks = await uploads.chunks(upload)
  const sizeBytes = assertComplete(upload, chunks, totalChunks)
  const container = chunks[0]?.container
  if (container === undefined) throw fail('UNSUPPORTED_MEDIA', { detail: UNSUPPORTED })
  await objects.completeParts(upload.parts, chunks, sizeBytes)
  for (const chunk of chunks.filter(({ contested }) => contested)) {
    await checkContested({ uploads, objects }, upload, chunk)
  }
  const only = chunks.length === 1 ? { sha256: chunks[0]?.sha256 } : {}
  return { sizeBytes, container, ...only } satisfies Assembled
}

/** Only where the client told a checksum of the whole file; a wrong one opens the upload anew. */
async function checkWhole({ uploads, objects }: Deps, upload: UploadRow) {
  const { sha256, parts } = upload
  if (sha256 === undefined) return
  if ((await sha256Of(await objects.read(parts.key))) === sha256) return
  await openAnew({ uploads, objects }, upload)
  throw fail('CHECKSUM_MISMATCH', {
    detail: 'The whole file does not match its checksum; send all chunks again',
  })
}

/**
 * A process that was frozen while it wrote may write on for a moment when it wakes up, after its chunk was another's. Such
 * chunks are few: their bytes are read again.
 */
async function checkContested(deps: Deps, upload: UploadRow, { index, sizeBytes, sha256 }: StoredChunk) {
  const start = index * upload.chunkSizeBytes
  const range = { start, end: start + sizeBytes - 1 }
  if ((await sha256Of(await deps.objects.read(upload.parts.key, range))) === sha256) return
  await openAnew(deps, upload)
  const detail = `Chunk ${index} was written by two at once and is not what was sent; send all chunks again`
  throw fail('CHECKSUM_MISMATCH', { detail })
}

async function sha256Of(bytes: Readable) {
  const hash = createHash('sha256')
  await pipeline(bytes, hash)
  return hash.digest('hex')
}

/** Removes the object that is not what it should be, and has the upload take all chunks again. */
async function openAnew({ uploads, objects }: Deps, upload: UploadRow) {
  const { parts, sizeBytes } = upload
  // Another key, so that what is removed here can never be what was sent anew.
  const key = `raw/${String(upload._id)}-${randomBytes(6).toString('hex')}`
  const fresh = await objects.createParts(key, sizeBytes)
  if (await uploads.restart(upload, fresh)) await objects.remove(parts.key)
  else await objects.abortParts(fresh)
}
