import type { TwoWeeks, WeeklyDigest } from '@aetherlearn/contracts/analytics/digests'
import { dayOf } from '../batch.ts'
import type { Period } from '../dashboard/periods.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** Digests are made on Mondays from six o’clock (UTC) on: what was watched on Sunday is stored by then. */
const MADE_AT_MS = 6 * HOUR_MS
/** 1970-01-05, a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS

/** The last week that is over and whose digest is due. */
export function dueWeek(now: number): Period {
  const mondays = Math.floor((now - MADE_AT_MS - FIRST_MONDAY_MS) / WEEK_MS)
  const monday = FIRST_MONDAY_MS + (mondays - 1) * WEEK_MS
  return { from: dayOf(monday), to: dayOf(monday + 6 * DAY_MS) }
}

export const weekBefore = ({ from, to }: Period): Period => ({
  from: dayOf(Date.parse(from) - WEEK_MS),
  to: dayOf(Date.parse(to) - WEEK_MS),
})

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const tenth = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const hours = (seconds: number) => tenth.format(seconds / 3600)

const line = (name: string, { week, before }: TwoWeeks, words: (value: number) => string = whole.format) =>
  `${name}: ${words(week)} (the week before: ${words(before)})`

/** The place in a lecture, as players show it. */
const clock = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

/** The week in a few lines, for inbox and mail. Nobody is named in it: mail cannot be taken back when they are erased. */
export function textOf(digest: Omit<WeeklyDigest, 'students'>, courseTitle: string): string {
  const { numbers, atRisk, newAtRisk, hotspots, hardest, week } = digest
  const lines = [
    `“${courseTitle}”, the week from ${week}`,
    '',
    line('Students who watched', numbers.students),
    line('Hours watched', numbers.watchTimeSeconds, hours),
    line('New students', numbers.enrolments),
    line('Completed the course', numbers.completions),
    `Students at risk: ${whole.format(atRisk)}, of whom ${whole.format(newAtRisk)} new`,
  ]
  if (hardest !== null)
    lines.push('', `Hardest lecture: ${hardest.lectureTitle}. ${hardest.reasons[0] ?? ''}`.trim())
  const [spot] = hotspots
  if (spot !== undefined)
    lines.push(`Worth a look: ${spot.lectureTitle} at ${clock(spot.from)}. ${spot.reason}`)
  return lines.join('\n')
}

/** Nothing at all in two weeks, and nobody there: there is nothing to tell. */
export const isQuiet = (numbers: WeeklyDigest['numbers'], enrolled: number): boolean =>
  enrolled === 0 && Object.values(numbers).every(({ week, before }) => week === 0 && before === 0)
