/** One look at a player: where it stands and when we looked. */
export type Look = { atMs: number; position: number; rate: number; playing: boolean }

/**
 * Seconds of the student's time that were really watched between two looks at a player that was not told to seek between
 * them: pauses and stalls count nothing, and a video played at double speed counts the time it took, not the time it
 * shows. A busy machine may show late what was played before, so how far a player has come in a moment tells no seek.
 */
export function watchedBetween(before: Look | undefined, after: Look): number {
  if (before === undefined || !before.playing) return 0
  const elapsed = (after.atMs - before.atMs) / 1000
  const advance = after.position - before.position
  return advance <= 0 ? 0 : Math.min(advance / before.rate, elapsed)
}

/** The seconds of the media that were shown between two looks; nothing where nothing was watched. */
export const shownBetween = (before: Look | undefined, after: Look): [number, number] | undefined =>
  before !== undefined && watchedBetween(before, after) > 0 ? [before.position, after.position] : undefined

/** Within this of the end there is nothing left to resume: the video starts over. */
const END_SECONDS = 2

/** The second to start at, from the one that was saved. */
export function resumeSecond(saved: number | undefined, durationSeconds: number | undefined): number {
  if (saved === undefined || saved <= 0) return 0
  return durationSeconds !== undefined && saved >= durationSeconds - END_SECONDS ? 0 : saved
}
