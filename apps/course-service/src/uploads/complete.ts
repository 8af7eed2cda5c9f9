import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { UNSUPPORTED, assertComplete } from './rules.ts'
import type { UploadRow, UploadStore } from './store.ts'

type Deps = { uploads: UploadStore; objects: ObjectStore }

/** Every step can be done again, so that many calls at once, and one after a crash, all end the same. */
export async function completeUpload({ uploads, objects }: Deps, upload: UploadRow, totalChunks: number) {
  if (upload.state === 'DONE') return
  const uploadId = String(upload._id)
  const chunks = await uploads.chunks(uploadId)
  const sizeBytes = assertComplete(upload, chunks, totalChunks)
  const container = chunks[0]?.container
  if (container === undefined) throw fail('UNSUPPORTED_MEDIA', { detail: UNSUPPORTED })
  await objects.completeParts(upload.parts, chunks, sizeBytes)
  await checkWhole({ uploads, objects }, upload)
  await uploads.finish(upload, { container, sizeBytes })
}

/** Only where the client told a checksum of the whole file; a wrong one opens the upload anew. */
async function checkWhole({ uploads, objects }: Deps, upload: UploadRow) {
  const { sha256, parts, sizeBytes } = upload
  if (sha256 === undefined) return
  const hash = createHash('sha256')
  await pipeline(await objects.read(parts.key), hash)
  if (hash.digest('hex') === sha256) return
  await objects.remove(parts.key)
  await uploads.restart(String(upload._id), await objects.createParts(parts.key, sizeBytes))
  throw fail('CHECKSUM_MISMATCH', {
    detail: 'The whole file does not match its checksum; send all chunks again',
  })
}
