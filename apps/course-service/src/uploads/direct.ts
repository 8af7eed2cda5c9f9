import { buffer } from 'node:stream/consumers'
import type { Container } from '@aetherlearn/contracts/media'
import { Failure, fail } from '@aetherlearn/service-kit/errors'
import type { DirectParts, ObjectStore, StoredPart } from '@aetherlearn/service-kit/objects/store'
import { SNIFFED_BYTES, sniff } from '@aetherlearn/service-kit/sniff'
import { plannedBytes, type ClaimedPart, assertClaimed } from './direct-rules.ts'
import { assertComplete } from './rules.ts'
import type { UploadRow, UploadStore } from './store.ts'

type Deps = { uploads: UploadStore; objects: ObjectStore }
export type Assembled = {
  sizeBytes: number
  container: Container | undefined
  /** Of the whole file, where it was computed anyway: when it came as one chunk. */
  sha256?: string | undefined
}

/** Long enough for the largest chunk on a slow line; a client asks again for what it did not get to. */
const PART_URL_SECONDS = 15 * 60

/** What of the store takes parts from clients; refuses where it can't, or can't be told how long each part is. */
function directOf(objects: ObjectStore, upload: UploadRow) {
  const { sizeBytes, totalChunks } = upload
  if (objects.direct === undefined) throw fail('DIRECT_NOT_AVAILABLE')
  if (sizeBytes === undefined || totalChunks === undefined) {
    throw fail('DIRECT_NOT_AVAILABLE', { detail: 'The size of this upload was never told' })
  }
  return { direct: objects.direct, sizeBytes, totalChunks }
}

/** URLs to which a client can send those parts. From here on the store alone knows what has arrived. */
export async function presignParts({ uploads, objects }: Deps, upload: UploadRow, partNumbers: number[]) {
  const { direct, ...plan } = directOf(objects, upload)
  if (upload.state !== 'OPEN') throw fail('UPLOAD_NOT_OPEN')
  const indexes = partNumbers.map((partNumber) => partNumber - 1)
  const sizes = plannedBytes({ ...plan, chunkSizeBytes: upload.chunkSizeBytes }, indexes)
  if (!(await uploads.goDirect(upload, indexes))) throw fail('UPLOAD_NOT_OPEN')
  return Promise.all(
    sizes.map(async ({ index, sizeBytes }) => {
      const signed = await direct.presignPart(upload.parts, { index, sizeBytes }, PART_URL_SECONDS)
      return { partNumber: index + 1, ...signed }
    }),
  )
}

/** The store's list, or `whole` where a `complete` has already made the object. */
async function heldParts(
  objects: ObjectStore,
  direct: DirectParts,
  { parts: ref, sizeBytes, totalChunks = 0 }: UploadRow,
): Promise<StoredPart[] | 'whole'> {
  const isWhole = async () => (await objects.head(ref.key))?.sizeBytes === sizeBytes
  try {
    const held = await direct.listParts(ref)
    // A store that has made the object takes its parts away one by one.
    return held.length < totalChunks && (await isWhole()) ? 'whole' : held
  } catch (error) {
    const hasEnded = error instanceof Failure && error.code === 'UPLOAD_NOT_OPEN'
    if (hasEnded && (await isWhole())) return 'whole'
    throw error
  }
}

/** Which chunks have arrived, whoever sent them. */
export async function receivedDirectly({ objects }: Pick<Deps, 'objects'>, upload: UploadRow) {
  const { direct, totalChunks } = directOf(objects, upload)
  const held = upload.state === 'DONE' ? 'whole' : await heldParts(objects, direct, upload)
  if (held === 'whole') return Array.from({ length: totalChunks }, (_, index) => index)
  return held.map(({ index }) => index)
}

/** Has the store make the object of exactly the parts that it holds, the client names and the plan asks for. */
export async function assembleDirect(
  { objects }: Pick<Deps, 'objects'>,
  upload: UploadRow,
  { totalChunks, claimed }: { totalChunks: number | undefined; claimed: ClaimedPart[] | undefined },
): Promise<Assembled> {
  const { direct, ...plan } = directOf(objects, upload)
  const held = await heldParts(objects, direct, upload)
  if (held !== 'whole') {
    assertComplete(upload, held, totalChunks ?? plan.totalChunks)
    if (claimed !== undefined) assertClaimed(held, claimed)
    await objects.completeParts(upload.parts, held, plan.sizeBytes)
  }
  const head = await buffer(await objects.read(upload.parts.key, firstBytes(plan.sizeBytes)))
  return { sizeBytes: plan.sizeBytes, container: sniff(head) }
}

const firstBytes = (sizeBytes: number) => ({ start: 0, end: Math.min(SNIFFED_BYTES, sizeBytes) - 1 })
