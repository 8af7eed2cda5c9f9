import { clock } from '../../components/format.ts'

/** A mark under a chart; `at` is its place from 0, the left end, to 1. */
export type Tick = { at: number; text: string }

const MINUTE = 60
const HOUR = 3600
const roundTimes = [1, 2, 5, 10, 15, 30]

/** The smallest round number that is not below `most`: 1, 2 or 5 and zeros. At least 1, so that nothing divides by 0. */
export function roundAbove(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= most) ?? power
}

/** The same for a length of time in seconds: whole minutes or hours where it is long. */
export function roundTimeAbove(most: number): number {
  const unit = most > 30 * MINUTE ? HOUR : most > 30 ? MINUTE : 1
  const inUnits = most / unit
  return unit * (roundTimes.find((step) => step >= inUnits) ?? roundAbove(inUnits))
}

/** A few round moments of a video, the first at its beginning. */
export function timeTicks(durationSeconds: number, most = 7): Tick[] {
  if (durationSeconds <= 0) return []
  const step = roundTimeAbove(durationSeconds / most)
  return Array.from({ length: Math.floor(durationSeconds / step) + 1 }, (_, index) => ({
    at: (index * step) / durationSeconds,
    text: clock(index * step),
  }))
}

const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
/** A calendar day in a word and a number. */
export const shortDay = (date: string) => short.format(new Date(date))

/** At most `most` of the days, the last one always among them, each under the middle of its bar. */
export function dayTicks(dates: string[], most = 6): Tick[] {
  const step = Math.max(1, Math.ceil(dates.length / most))
  return dates.flatMap((date, index) =>
    (dates.length - 1 - index) % step === 0
      ? [{ at: (index + 0.5) / dates.length, text: shortDay(date) }]
      : [],
  )
}
