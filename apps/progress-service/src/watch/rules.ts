/** A second of a lecture and the moment (ms since 1970, the clock of Redis) it was saved at. */
export type Position = { watchTime: number; at: number }
export type Positions = Record<string, Position>
/** All that a student saved in one course; `at` is the moment of the latest save, which was in `last`. */
export type Snapshot = {
  userId: string
  courseId: string
  positions: Positions
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

/** Whole percent, downwards: 100 means every lecture. Completed lectures that left the course count no more. */
export function completionPercentage(
  completed: string[],
  course: { lectures: Pick<ReadonlySet<string>, 'has'>; totalLectures: number },
): number {
  if (course.totalLectures === 0) return 0
  const counted = completed.filter((lectureId) => course.lectures.has(lectureId)).length
  return Math.floor((100 * counted) / course.totalLectures)
}
