import type { ActivityDay } from '@aetherlearn/contracts/progress'

const DAY_MS = 86_400_000
const DAYS = 365

export type HeatCell = {
  date: string
  count: number
  /** 0: nothing; 1 to 4: how this day compares with the year's busiest. */
  level: 0 | 1 | 2 | 3 | 4
  /** Columns are weeks; rows are days, Sunday first. */
  column: number
  row: number
}

const levelOf = (count: number, most: number): HeatCell['level'] => {
  if (count === 0) return 0
  const share = count / most
  if (share <= 0.25) return 1
  if (share <= 0.5) return 2
  return share <= 0.75 ? 3 : 4
}

/** The last 365 days up to `today`, a calendar day where the student lives, laid out as a calendar. */
export function yearOf(activity: ActivityDay[], today: string): HeatCell[] {
  const counts = new Map(activity.map(({ date, count }) => [date, count]))
  // Calendar days have no zone: counted in UTC, where every day has 24 hours.
  const first = Date.parse(today) - (DAYS - 1) * DAY_MS
  const offset = new Date(first).getUTCDay()
  const most = Math.max(1, ...counts.values())
  return Array.from({ length: DAYS }, (_, index) => {
    const date = new Date(first + index * DAY_MS).toISOString().slice(0, 10)
    const count = counts.get(date) ?? 0
    const place = index + offset
    return { date, count, level: levelOf(count, most), column: Math.floor(place / 7), row: place % 7 }
  })
}

export type MonthLabel = { name: string; column: number }

/** The first whole week of each month, where its name goes. */
export function monthsOf(cells: HeatCell[]): MonthLabel[] {
  const firsts = cells.filter(({ date }) => date.endsWith('-01'))
  return firsts.map(({ date, column, row }) => ({
    name: new Date(date).toLocaleDateString('en', { month: 'short', timeZone: 'UTC' }),
    column: row === 0 ? column : column + 1,
  }))
}

/** The weekday of each row, as a name of its own. */
export const weekdays = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const

const MONTH_DAYS = 28
const steps: Record<string, number> = {
  ArrowUp: -1,
  ArrowDown: 1,
  ArrowLeft: -7,
  ArrowRight: 7,
  PageUp: -MONTH_DAYS,
  PageDown: MONTH_DAYS,
}

/** Where a key moves from the day at `index`: arrows by days and weeks, pages by four weeks, Home and End to the ends. */
export function movedBy(key: string, index: number, length: number): number | undefined {
  if (key === 'Home') return 0
  if (key === 'End') return length - 1
  const step = steps[key]
  if (step === undefined) return undefined
  const to = index + step
  return to >= 0 && to < length ? to : index
}
