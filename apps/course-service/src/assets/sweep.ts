import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { workOnEach } from '@aetherlearn/service-kit/rounds'
import type { UploadStore } from '../uploads/store.ts'
import { packageFolderOf } from '../packages/paths.ts'
import type { AssetRow, AssetStore } from './store.ts'

const AT_ONCE = 200

export type AssetSweepDeps = { assets: AssetStore; uploads: UploadStore; objects: ObjectStore }

/**
 * Removes the files of released videos that nothing refers to. Each step can be done again, and the row goes last, so
 * that a crash at any point, and several instances at once, end the same.
 */
export async function sweepAssets(deps: AssetSweepDeps, now = new Date()): Promise<void> {
  await workOnEach(await deps.assets.released(AT_ONCE, now), (asset) => removeAsset(deps, asset))
}

async function removeAsset({ assets, uploads, objects }: AssetSweepDeps, asset: AssetRow) {
  if (!(await assets.claim(asset))) return
  const uploadId = String(asset._id)
  await objects.remove(asset.rawKey)
  if (asset.kind === 'package') await objects.removeFolder(packageFolderOf(uploadId))
  else await objects.removeFolder(`media/${asset.lectureId}/${uploadId}`)
  await uploads.forgetDone(uploadId)
  await assets.forget(asset)
}
