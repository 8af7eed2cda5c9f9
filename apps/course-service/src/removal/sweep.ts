import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { startRounds, workOnEach, type RoundsOptions } from '@aetherlearn/service-kit/rounds'
import { sweepAssets, type AssetSweepDeps } from '../assets/sweep.ts'
import { endUpload, type EndDeps } from '../uploads/end.ts'
import type { RemovalStore } from './store.ts'

const EVERY_MS = 2000
const AT_ONCE = 20

export type RemovalSweepDeps = EndDeps & AssetSweepDeps & { removals: RemovalStore; objects: ObjectStore }

/** Takes away what is left of removed courses; videos go by their own sweep once nothing refers to them. */
export async function sweepRemovals(deps: RemovalSweepDeps): Promise<void> {
  await workOnEach(await deps.removals.removed(AT_ONCE), (courseId) => takeAway(deps, courseId))
}

async function takeAway(deps: RemovalSweepDeps, courseId: string) {
  const { removals, uploads, objects } = deps
  const lectureIds = await removals.lectureIds(courseId)
  const endUploads = async () => {
    for (const upload of await uploads.ofLectures(lectureIds)) await endUpload(deps, upload)
  }
  await endUploads()
  while (await removals.dropLectures(courseId));
  // Without its lecture no upload can be completed any more; this finds those begun until then.
  await endUploads()
  while (await removals.dropSnapshot(courseId));
  await removals.dropSectionsAndStudents(courseId)
  await objects.removeFolder(`thumbnails/${courseId}`)
  await removals.forget(courseId)
}

/** In every instance; they do not get into each other's way. MongoDB says what is to be done: no queue can lose it. */
export async function startRemovals(
  deps: RemovalSweepDeps,
  log: RoundsOptions['log'],
): Promise<{ stop(): Promise<void> }> {
  await deps.assets.recordMissing()
  const work = async () => {
    await sweepRemovals(deps)
    await sweepAssets(deps)
  }
  return startRounds({ name: 'removals', everyMs: EVERY_MS, work, log })
}
