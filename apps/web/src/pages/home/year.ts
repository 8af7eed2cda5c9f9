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

/** The last 365 days up to today, in UTC as the server counts them, laid out as a calendar. */
export function yearOf(activity: ActivityDay[], now: Date): HeatCell[] {
  const counts = new Map(activity.map(({ date, count }) => [date, count]))
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  const first = today - (DAYS - 1) * DAY_MS
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
