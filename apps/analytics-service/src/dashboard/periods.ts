import type { FieldError } from '@aetherlearn/contracts/errors'
import { dayOf } from '../batch.ts'

/** Days in UTC, `YYYY-MM-DD`, both of them included. */
export type Period = { from: string; to: string }

const DAY_MS = 86_400_000
export const MOST_DAYS = 366

/** The last `count` days up to the one of `now`. */
export const lastDays = (count: number, now: number): Period => ({
  from: dayOf(now - (count - 1) * DAY_MS),
  to: dayOf(now),
})

/** Oldest first. */
export function daysIn({ from, to }: Period): string[] {
  const first = Date.parse(from)
  const count = (Date.parse(to) - first) / DAY_MS + 1
  return Array.from({ length: count }, (_, i) => dayOf(first + i * DAY_MS))
}

/** Text of the right form may still name no day: the 31st of June. */
export const isDay = (text: string) => {
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && dayOf(ms) === text
}

/** What is wrong with a period that was asked for by the query’s fields of these names. */
export function periodErrors({ from, to }: Period, names: Period): FieldError[] {
  const noDays = Object.entries({ [names.from]: from, [names.to]: to })
    .filter(([, text]) => !isDay(text))
    .map(([name]) => ({ field: `query.${name}`, message: 'is not a day of the calendar' }))
  if (noDays.length > 0) return noDays
  if (to < from) return [{ field: `query.${names.to}`, message: `is before ${names.from}` }]
  if (Date.parse(to) - Date.parse(from) < MOST_DAYS * DAY_MS) return []
  return [{ field: `query.${names.to}`, message: `is more than ${MOST_DAYS} days after ${names.from}` }]
}

/** Without `end`. */
export const momentsOf = ({ from, to }: Period) => ({
  start: new Date(from),
  end: new Date(Date.parse(to) + DAY_MS),
})
