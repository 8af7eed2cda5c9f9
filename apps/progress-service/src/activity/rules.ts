import { daysBefore, type Day } from './days.ts'

/** The heatmap shows today and the 364 days before. */
export const HEATMAP_DAYS = 365
/** A mark counts where the student saved or completed something within this time. */
export const ACTIVE_WITHIN_MS = 5 * 60_000
const MARK_EVERY_MS = 60_000

export type Streak = { currentStreak: number; longestStreak: number; lastActiveDate: Day | null }
export const noStreak: Streak = { currentStreak: 0, longestStreak: 0, lastActiveDate: null }

/** The streak after a completion on `today`. A day that is not later than the last one changes nothing. */
export function extendStreak(before: Streak, today: Day): Streak {
  const { lastActiveDate: last } = before
  if (last !== null && last >= today) return before
  const currentStreak = last === daysBefore(today, 1) ? before.currentStreak + 1 : 1
  return {
    currentStreak,
    longestStreak: Math.max(before.longestStreak, currentStreak),
    lastActiveDate: today,
  }
}

/** A streak lives until the end of the day after the last active one. */
export const liveStreak = ({ currentStreak, lastActiveDate }: Streak, today: Day): number =>
  lastActiveDate !== null && lastActiveDate >= daysBefore(today, 1) ? currentStreak : 0

export const mayMark = (lastMarkedAt: Date | undefined, now: Date): boolean =>
  lastMarkedAt === undefined || now.getTime() - lastMarkedAt.getTime() >= MARK_EVERY_MS
