import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { startRounds, type RoundsOptions } from '@aetherlearn/service-kit/rounds'
import type { PictureStore } from './store.ts'

/** No request that may still come to show a picture takes this long. */
const GRACE_MS = 10 * 60_000
const AT_ONCE = 100
const EVERY_MS = 10 * 60_000

/** Removes pictures that neither a draft nor a snapshot shows; doing it again, or in two instances, is no error. */
export async function sweepPictures(pictures: PictureStore, objects: ObjectStore, now: Date): Promise<void> {
  for (const picture of await pictures.released(new Date(now.getTime() - GRACE_MS), AT_ONCE)) {
    if (!(await pictures.isForgotten(picture))) continue
    await objects.removeFolder(picture._id)
    await pictures.forget(picture)
  }
}

type Deps = { pictures: PictureStore; objects: ObjectStore }
/** In every instance. */
export function startPictureSweep({ pictures, objects }: Deps, log: RoundsOptions['log']) {
  const work = () => sweepPictures(pictures, objects, new Date())
  return startRounds({ name: 'picture sweep', everyMs: EVERY_MS, work, log })
}
