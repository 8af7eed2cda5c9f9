import { remember } from '@aetherlearn/service-kit/remembered'
import type { AssetStore, Ladder } from '../assets/store.ts'
import type { CaptionStore, VideoRef } from '../captions/store.ts'
import type { CaptionTrack } from './master.ts'

/** What a master playlist has to offer; without a ladder it is a stored one. */
export type Offer = { ladder?: Ladder; tracks: CaptionTrack[] }

const REMEMBERED = 10_000
/** What is made or written later joins within this time. */
const FRESH_MS = 2000

type Deps = { assets: Pick<AssetStore, 'laddersOf'>; captions: Pick<CaptionStore, 'captionsOf'> }

/**
 * By what a link carries, for the many who begin to play at the same moment. The renditions themselves would make a link
 * far too long.
 */
export function createOffers({ assets, captions }: Deps, now = Date.now) {
  const offers = remember<Offer>({
    max: REMEMBERED,
    freshMs: FRESH_MS,
    // Nothing older is answered, except while MongoDB is away.
    usableMs: FRESH_MS,
    now,
    read: async (keys) =>
      new Map(
        await Promise.all(
          keys.map(async (key): Promise<[string, Offer]> => {
            const [lectureId = '', uploadId = ''] = key.split('/')
            const ladder = (await assets.laddersOf([uploadId])).get(uploadId)
            const tracks = await captions.captionsOf({ lectureId, uploadId })
            return [key, { tracks, ...(ladder === undefined ? {} : { ladder }) }]
          }),
        ),
      ),
  })
  const of = async ({ lectureId, uploadId }: VideoRef): Promise<Offer> =>
    (await offers.get(`${lectureId}/${uploadId}`)) ?? { tracks: [] }
  return { of }
}
