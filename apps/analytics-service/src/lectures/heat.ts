import type { HeatSegment } from '@aetherlearn/contracts/analytics/lectures'
import type { SecondCounts } from '../batch.ts'

/** By second of the lecture; the n-th lasts from n to n + 1. */
export type Heat = ReadonlyMap<number, SecondCounts>

/** A segment with what is needed to judge it. */
export type Stretch = HeatSegment & { reached: number }

/** Parts of the same lecture as one. */
export function addHeat(parts: readonly Heat[]): Heat {
  const sum = new Map<number, SecondCounts>()
  for (const part of parts)
    for (const [second, { watched, again, furthest }] of part) {
      const known = sum.get(second) ?? { watched: 0, again: 0, furthest: 0 }
      known.watched += watched
      known.again += again
      known.furthest += furthest
      sum.set(second, known)
    }
  return sum
}

/** Each playback has exactly one second beyond which it did not come. */
export function playbacksOf(heat: Heat): number {
  let playbacks = 0
  for (const { furthest } of heat.values()) playbacks += furthest
  return playbacks
}

/** A second counts where its middle is in the lecture. Where nobody knows how long that is, as far as somebody came. */
function secondsIn(heat: Heat, durationSeconds: number): number {
  if (durationSeconds > 0) return Math.ceil(durationSeconds - 0.5)
  let last = -1
  for (const second of heat.keys()) last = Math.max(last, second)
  return last + 1
}

const tenth = (value: number) => Math.round(value * 10) / 10
const NEVER: SecondCounts = { watched: 0, again: 0, furthest: 0 }

/**
 * The lecture from its beginning to its end in segments of `length` seconds; the last one may be shorter. What was played
 * behind the end, of a longer video that this one replaced, counts as come to the end.
 */
export function stretchesOf(heat: Heat, durationSeconds: number, length: number): Stretch[] {
  const seconds = secondsIn(heat, durationSeconds)
  const stretches: Stretch[] = []
  // Of the playbacks that came to this second, or beyond it.
  let reached = playbacksOf(heat)
  for (let from = 0; from < seconds; from += length) {
    const end = Math.min(from + length, seconds)
    const reachedFirst = reached
    const sum = { watched: 0, again: 0, skipped: 0 }
    for (let second = from; second < end; second += 1) {
      const counts = heat.get(second) ?? NEVER
      sum.watched += counts.watched
      sum.again += counts.again
      sum.skipped += reached - counts.watched
      reached -= counts.furthest
    }
    const isLast = end === seconds
    stretches.push({
      from,
      to: isLast && durationSeconds > 0 ? durationSeconds : end,
      watched: sum.watched / (end - from),
      rewatched: sum.again / (end - from),
      skipped: sum.skipped / (end - from),
      left: isLast ? reachedFirst : reachedFirst - reached,
      heat: 0,
      reached: reachedFirst,
    })
  }
  return stretches
}

/** As they are shown: to a tenth, the most played one of them at 100. */
export function segmentsOf(stretches: readonly Stretch[]): HeatSegment[] {
  const played = ({ watched, rewatched }: Stretch) => watched + rewatched
  const most = stretches.reduce((found, stretch) => Math.max(found, played(stretch)), 0)
  return stretches.map((stretch) => ({
    from: stretch.from,
    to: stretch.to,
    watched: tenth(stretch.watched),
    rewatched: tenth(stretch.rewatched),
    skipped: tenth(stretch.skipped),
    left: stretch.left,
    heat: most === 0 ? 0 : tenth((100 * played(stretch)) / most),
  }))
}
