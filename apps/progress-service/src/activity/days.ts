/** A calendar day in UTC, `YYYY-MM-DD`; days compare as text. */
export type Day = string

const DAY_MS = 24 * 3600 * 1000

export const dayOf = (at: Date): Day => at.toISOString().slice(0, 10)
export const daysBefore = (day: Day, days: number): Day => dayOf(new Date(Date.parse(day) - days * DAY_MS))
