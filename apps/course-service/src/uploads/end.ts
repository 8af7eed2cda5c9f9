import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { UploadRow, UploadStore } from './store.ts'
import { tailsOf } from './tus-tails.ts'
import type { UsageStore } from './usage-store.ts'

export type EndDeps = { uploads: UploadStore; usage: UsageStore; objects: ObjectStore }

/**
 * Gives an upload up: its bytes, chunks and place in the quota go, its row last, so that the sweeper finishes what a
 * crash breaks off. False when it is gone already or has become a video.
 */
export async function endUpload({ uploads, usage, objects }: EndDeps, upload: UploadRow): Promise<boolean> {
  const ended = await uploads.end(upload)
  if (ended === null) return false
  await objects.abortParts(ended.parts)
  await objects.removeFolder(tailsOf(String(ended._id)))
  // A `complete` at the same moment may have made it visible.
  await objects.remove(ended.parts.key)
  if (ended.discarded !== undefined) await objects.remove(ended.discarded)
  await usage.drop({ ownerId: ended.ownerId, uploadId: String(ended._id) })
  await uploads.forget(ended)
  return true
}
