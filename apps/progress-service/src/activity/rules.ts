import type { Day } from './days.ts'
import { livedBetween, type Zones } from './zones.ts'

/** The heatmap shows today and the 364 days before. */
export const HEATMAP_DAYS = 365
/** A mark counts where the student saved or completed something within this time. */
export const ACTIVE_WITHIN_MS = 5 * 60_000
const MARK_EVERY_MS = 60_000

/** So often may a zone be chosen within a week: more than anybody travels, and days stay days. */
const ZONES_IN_A_WEEK = 20
const WEEK_MS = 7 * 24 * 3600 * 1000

/** So many active days in a row earn a freeze day, of which a student holds so many at most. */
const DAYS_PER_FREEZE = 7
const MOST_FREEZES = 2

export type Streak = {
  currentStreak: number
  longestStreak: number
  lastActiveDate: Day | null
  /** Missed days that the streak will survive. */
  freezeDays: number
}
export const noStreak: Streak = { currentStreak: 0, longestStreak: 0, lastActiveDate: null, freezeDays: 0 }

/** The streak after an active day that is later than all before it. */
export function extendStreak(before: Streak, day: Day, zones: Zones): Streak {
  const { currentStreak: alive, freezeDays: left } = liveStreak(before, day, zones)
  const currentStreak = alive + 1
  const earned = currentStreak % DAYS_PER_FREEZE === 0 ? 1 : 0
  return {
    currentStreak,
    longestStreak: Math.max(before.longestStreak, currentStreak),
    lastActiveDate: day,
    freezeDays: Math.min(left + earned, MOST_FREEZES),
  }
}

/** The streak of a set of active days, given in order. */
export const streakOf = (days: Iterable<Day>, zones: Zones): Streak => {
  let streak = noStreak
  for (const day of days) streak = extendStreak(streak, day, zones)
  return streak
}

/**
 * What is left of a streak at the beginning of `today`. A missed day takes a freeze day; where there is none left, it
 * ends the streak.
 */
export function liveStreak(
  { currentStreak, lastActiveDate, freezeDays }: Streak,
  today: Day,
  zones: Zones,
): Pick<Streak, 'currentStreak' | 'freezeDays'> {
  const missed = lastActiveDate === null ? 0 : livedBetween(lastActiveDate, today, freezeDays, zones)
  return missed > freezeDays
    ? { currentStreak: 0, freezeDays: 0 }
    : { currentStreak, freezeDays: freezeDays - missed }
}

export const mayMark = (lastMarkedAt: Date | undefined, now: Date): boolean =>
  lastMarkedAt === undefined || now.getTime() - lastMarkedAt.getTime() >= MARK_EVERY_MS

export const mayMove = (zones: Zones, at: number): boolean =>
  zones.filter(({ from }) => from > at - WEEK_MS).length < ZONES_IN_A_WEEK
