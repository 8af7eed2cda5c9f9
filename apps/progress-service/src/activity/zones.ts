import { daysAfter, type Day } from './days.ts'

/** From this moment on, in ms since 1970, the student's clocks run in this zone. */
export type ZoneChange = { from: number; zone: string }
/** In the order of their moments; before the first it is UTC. */
export type Zones = readonly ZoneChange[]

const HOUR_MS = 3600 * 1000
/** Who lived less of a day could hardly have learned on it: travel over the date line leaves days out. */
export const LIVED_MS = 12 * HOUR_MS
/** All offsets of our time are multiples of it. */
const STEP_MS = HOUR_MS / 4
/** A calendar day begins so long before its midnight in UTC at the earliest, and ends so long after it at the latest. */
const [EARLIEST_MS, LATEST_MS] = [14 * HOUR_MS, 36 * HOUR_MS]

/** One for each name of the time zone database at most: making one takes a thousand times as long as using it. */
const formatters = new Map<string, Intl.DateTimeFormat>()
function formatterOf(zone: string): Intl.DateTimeFormat {
  const key = zone.toLowerCase()
  const known = formatters.get(key)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-CA-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  formatters.set(key, made)
  return made
}

/**
 * The name as the time zone database writes it, undefined where it is not in there. Offsets as `+05:30`, which
 * formatters take too, are no names: they know nothing of summer time.
 */
export function zoneNamed(name: string): string | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined
  try {
    const { timeZone } = formatterOf(name).resolvedOptions()
    // It answers `Asia/Calcutta` for `Asia/Kolkata`: who chose one of two names keeps it.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name
  } catch {
    return undefined
  }
}

export const zoneAt = (at: number, zones: Zones): string =>
  zones.findLast(({ from }) => from <= at)?.zone ?? 'UTC'

/** The student's calendar day at a moment, in ms since 1970. */
export function dayOf(at: number, zones: Zones): Day {
  const zone = zoneAt(at, zones)
  return zone === 'UTC' ? new Date(at).toISOString().slice(0, 10) : formatterOf(zone).format(at)
}

/** Whether the student lives through at least half of this day. */
export function isLived(day: Day, zones: Zones): boolean {
  const midnight = Date.parse(day)
  const [first, last] = [midnight - EARLIEST_MS, midnight + LATEST_MS]
  // In one place a day is lived unless the place left it out, as Samoa did with 2011-12-30. Whatever the offset, one of
  // these two moments lies within the day.
  if (!zones.some(({ from }) => from > first && from < last)) {
    return dayOf(midnight, zones) === day || dayOf(midnight + LIVED_MS, zones) === day
  }
  let lived = 0
  for (let at = first; at < last; at += STEP_MS) if (dayOf(at, zones) === day) lived += STEP_MS
  return lived >= LIVED_MS
}

/** How many lived days lie between two days; counting ends above `limit`. */
export function livedBetween(from: Day, to: Day, limit: number, zones: Zones): number {
  let count = 0
  for (let day = daysAfter(from, 1); day < to && count <= limit; day = daysAfter(day, 1)) {
    if (isLived(day, zones)) count += 1
  }
  return count
}
