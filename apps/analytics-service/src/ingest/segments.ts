/** Nobody watches faster than this for long; what is claimed beyond it is not believed. */
const FASTEST = 2
/** Makes up for reports that the network held up a little. */
const SLACK_SECONDS = 1
/** Where we do not know how long a lecture is. */
const LONGEST_SECONDS = 12 * 3600

export type PlayedLimits = {
  /** What counted of the time that was reported. */
  grantedMs: number
  /** Of the lecture; 0 or absent: not known. */
  durationSeconds?: number
}

/**
 * The whole seconds of the lecture that were played, as pairs: from, up to but without. Second S is played by what plays
 * the middle of it, so that however plays are cut into reports each of their seconds is counted once. Earlier stretches
 * come first where the time that passed does not allow all.
 */
export function secondsPlayed(segments: [from: number, to: number][], limits: PlayedLimits): number[] {
  const end = limits.durationSeconds || LONGEST_SECONDS
  let left = limits.grantedMs === 0 ? 0 : (limits.grantedMs / 1000) * FASTEST + SLACK_SECONDS
  const pairs: number[] = []
  for (const [from, to] of segments) {
    const played = Math.min(to - from, left)
    if (played <= 0) continue
    left -= played
    // All of it in one piece: the sum of a difference is not always what the difference was taken from.
    const until = Math.min(played === to - from ? to : from + played, end)
    const [first, last] = [firstSecondFrom(from), firstSecondFrom(until)]
    if (last > first) pairs.push(first, last)
  }
  return pairs
}

const firstSecondFrom = (position: number) => Math.max(0, Math.ceil(position - 0.5))
