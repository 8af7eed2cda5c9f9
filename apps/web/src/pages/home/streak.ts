import type { StudentStats } from '@aetherlearn/contracts/progress'
import { count } from '../../components/format.ts'

type Streak = Pick<StudentStats, 'currentStreak' | 'lastActiveDate' | 'freezeDays'>

/** What a student's streak asks for, on the calendar day that it is where they live. */
export function streakWords({ currentStreak, lastActiveDate }: Streak, today: string): string {
  if (currentStreak === 0) return 'Complete a lecture today to begin a streak.'
  const next = count(currentStreak + 1, 'day')
  return lastActiveDate === today
    ? `You have learned today. Come back tomorrow to make it ${next}.`
    : `Learn today to make it ${next}.`
}

/** What freeze days are, and how many there are. */
export function freezeWords({ freezeDays }: Pick<Streak, 'freezeDays'>): string {
  if (freezeDays === 0)
    return 'Seven days in a row earn a freeze day: it saves the streak when you miss a day.'
  return freezeDays === 1
    ? 'Your freeze day saves the streak when you miss a day, by itself.'
    : `Your ${freezeDays} freeze days save the streak when you miss as many days, by themselves.`
}
