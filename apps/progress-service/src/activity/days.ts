/** A calendar day, `YYYY-MM-DD`; days compare as text. */
export type Day = string

const DAY_MS = 24 * 3600 * 1000

export const daysAfter = (day: Day, days: number): Day =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
export const daysBefore = (day: Day, days: number): Day => daysAfter(day, -days)

/** False for `2026-02-30`, which only looks like a day. */
export const isDay = (text: string): boolean => !Number.isNaN(Date.parse(text)) && daysAfter(text, 0) === text
