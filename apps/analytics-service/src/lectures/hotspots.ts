import type { Hotspot } from '@aetherlearn/contracts/analytics/lectures'
import { FEWEST_STUDENTS } from '@aetherlearn/contracts/analytics/shapes'
import type { Stretch } from './heat.ts'

/** Hotspots are looked for in stretches of this length, so that they stay where they are whatever length is shown. */
export const HOTSPOT_SECONDS = 10
/** The strongest of each kind. */
const MOST_OF_A_KIND = 5
/** A stretch stands out that has this many times the share of the middle one of its lecture, … */
const TIMES_THE_MIDDLE = 2
/** Who leaves in the last tenth has watched the lecture. */
const END = 0.9

type Kind = {
  kind: Hotspot['kind']
  /** … and at least this share. */
  least: number
  part: (stretch: Stretch) => number
  whole: (stretch: Stretch) => number
  sentence: (percent: number, middle: number) => string
}

const kinds: Kind[] = [
  {
    kind: 'rewatched',
    least: 0.2,
    part: (stretch) => stretch.rewatched,
    whole: (stretch) => stretch.watched,
    sentence: (percent, middle) =>
      `Played again ${percent} times for 100 playbacks; typical for this lecture are ${middle} times.`,
  },
  {
    kind: 'skipped',
    least: 0.2,
    part: (stretch) => stretch.skipped,
    whole: (stretch) => stretch.watched + stretch.skipped,
    sentence: (percent, middle) =>
      `Skipped by ${percent} % of the playbacks that came past it; typical for this lecture are ${middle} %.`,
  },
  {
    kind: 'left',
    least: 0.1,
    part: (stretch) => stretch.left,
    whole: (stretch) => stretch.reached,
    sentence: (percent, middle) =>
      `Left for good by ${percent} % of the playbacks that came to it; typical for this lecture are ${middle} %.`,
  },
]

const shareOf = ({ part, whole }: Kind, stretch: Stretch) =>
  whole(stretch) === 0 ? 0 : part(stretch) / whole(stretch)

function middleOf(shares: readonly number[]): number {
  const inOrder = shares.toSorted((a, b) => a - b)
  return inOrder[Math.floor((inOrder.length - 1) / 2)] ?? 0
}

/** Neighbours as one: `share` is that of the strongest of them. */
type Spot = { from: number; to: number; share: number }

function spotsOf(kind: Kind, stretches: readonly Stretch[], middle: number): Spot[] {
  const end = END * (stretches.at(-1)?.to ?? 0)
  const spots: Spot[] = []
  for (const stretch of stretches) {
    const share = shareOf(kind, stretch)
    const isEnd = kind.kind === 'left' && stretch.to > end
    // Two of three playbacks would be a share as well.
    const isTold = kind.whole(stretch) >= FEWEST_STUDENTS
    if (isEnd || !isTold || share < kind.least || share < TIMES_THE_MIDDLE * middle) continue
    const before = spots.at(-1)
    if (before?.to === stretch.from) {
      before.to = stretch.to
      before.share = Math.max(before.share, share)
    } else spots.push({ from: stretch.from, to: stretch.to, share })
  }
  return spots
}

/** The stretches of a lecture that stand out against the rest of it, in its order. */
export function hotspotsOf(stretches: readonly Stretch[]): Hotspot[] {
  const found = kinds.flatMap((kind) => {
    const middle = middleOf(stretches.map((stretch) => shareOf(kind, stretch)))
    return spotsOf(kind, stretches, middle)
      .toSorted((a, b) => b.share - a.share)
      .slice(0, MOST_OF_A_KIND)
      .map(({ from, to, share }) => ({
        from,
        to,
        kind: kind.kind,
        reason: kind.sentence(Math.round(100 * share), Math.round(100 * middle)),
      }))
  })
  return found.toSorted((a, b) => a.from - b.from)
}
