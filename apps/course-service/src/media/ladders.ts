import { remember, type Remembered } from '@aetherlearn/service-kit/remembered'
import type { AssetStore, Ladder } from '../assets/store.ts'

const REMEMBERED = 10_000
/** Renditions that are made later join within this time. */
const FRESH_MS = 3000

export type Ladders = Remembered<Ladder>

/** What there is of each video, by its upload, for the many who begin to play it. */
export const createLadders = ({ laddersOf }: Pick<AssetStore, 'laddersOf'>): Ladders =>
  remember<Ladder>({
    max: REMEMBERED,
    freshMs: FRESH_MS,
    // Nothing older is answered, except while MongoDB is away.
    usableMs: FRESH_MS,
    read: laddersOf,
  })
