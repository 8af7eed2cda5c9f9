import type { ClientTime, Range } from '@aetherlearn/contracts/progress/shapes'
import { unite, type Ranges } from './ranges.ts'

/** A second of a lecture and the moment (ms since 1970, the clock of Redis) it was saved at. */
export type Position = { watchTime: number; at: number }
export type Positions = Record<string, Position>
/** Lecture → the seconds of it that were watched. */
export type Watched = Readonly<Record<string, Ranges>>
/** All that a student saved in one course; `at` is the moment of the latest save, which was in `last`. */
export type Snapshot = {
  userId: string
  courseId: string
  positions: Positions
  watched: Watched
  last: string
  at: number
}

/** A stamp further ahead than this was made by a clock that was wrong. */
export const CLOCK_FAULT_MS = 60_000

/** Whether a position replaces the one we have: the later wins, and a sane stamp wins over one from the future. */
export function replaces(incoming: number, known: number | undefined, now: number): boolean {
  if (known === undefined || incoming > known) return true
  const sane = now + CLOCK_FAULT_MS
  return known > sane && incoming <= sane
}

type Saved = { positions: Positions; last: string | null; at: number }

/** Stored and live positions as one. Redis does not simply win: after a restore it may be the older one. */
export function merge(stored: Saved, live: Saved | undefined, now: number): Omit<Saved, 'at'> {
  if (live === undefined) return stored
  const positions = { ...stored.positions }
  for (const [lectureId, position] of Object.entries(live.positions)) {
    if (replaces(position.at, positions[lectureId]?.at, now)) positions[lectureId] = position
  }
  const liveIsLater = stored.last === null || replaces(live.at, stored.at, now)
  return { positions, last: liveIsLater ? live.last : stored.last }
}

/** What MongoDB has of a student in a course: saved live, and reported late. */
export type StoredRanges = { ranges: Watched; lateRanges: Watched }

/** Every second of a lecture that was watched, be it in MongoDB or still in Redis. */
export const watchedOf = (
  stored: StoredRanges,
  live: Pick<Snapshot, 'watched'> | undefined,
  lectureId: string,
): Range[] =>
  [stored.lateRanges[lectureId], live?.watched[lectureId]].reduce<Range[]>(
    (all, more = []) => unite(all, more),
    unite(stored.ranges[lectureId] ?? [], []),
  )

/** `watchedOf` each lecture of which anything was watched. */
export function allWatched(
  stored: StoredRanges,
  live: Pick<Snapshot, 'watched'> | undefined,
): Record<string, Range[]> {
  const lectures = [stored.ranges, stored.lateRanges, live?.watched ?? {}].flatMap(Object.keys)
  const watched = lectures.map((lectureId) => [lectureId, watchedOf(stored, live, lectureId)] as const)
  // Late reports may have counted until others came.
  return Object.fromEntries(watched.filter(([, ranges]) => ranges.length > 0))
}

/** Devices' clocks are taken as right within this; what is older is a late report. */
export const LATEST_SAVE_MS = 5 * 60_000
/** Faster than this, what is claimed takes as much wall time as at this speed. */
const FASTEST_RATE = 2
export const speedOf = (rate: number | undefined): number => Math.min(rate ?? 1, FASTEST_RATE)

/** Ms since 1970; NaN for a date that no calendar has. */
export const momentOf = (clientTime: ClientTime): number =>
  typeof clientTime === 'number' ? clientTime : Date.parse(clientTime)

/** The first range that does not go forward, -1 where all do. */
export const firstReversed = (ranges: Ranges): number => ranges.findIndex(([from, to]) => from >= to)

/** What is claimed of a lecture, in order and apart, as far as the lecture goes; a length of 0 is not known. */
export function claimedOf(ranges: Ranges, durationSeconds: number): Range[] {
  const end = durationSeconds > 0 ? durationSeconds : Infinity
  return unite(
    ranges.filter(([from]) => from < end).map(([from, to]) => [from, Math.min(to, end)]),
    [],
  )
}
