/** The calendar day of a moment where somebody lives, `YYYY-MM-DD`. */
export const dayIn = (timeZone: string, moment: Date): string =>
  // Sweden writes its dates as ISO 8601 does.
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(moment)

/** `Wednesday, 4 March 2026, 23:30`. */
export const momentIn = (timeZone: string, moment: Date): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full', timeStyle: 'short' }).format(moment)

/** Where this browser says that it is. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** What can be chosen: every zone the browser knows, and `current` even where it does not. */
export const zonesToChoose = (current: string): string[] =>
  [...new Set(['UTC', current, ...Intl.supportedValuesOf('timeZone')])].sort()

const days = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})
/** A calendar day in words; it has no zone, so that of the browser must not shift it. */
export const longDay = (date: string) => days.format(new Date(date))
