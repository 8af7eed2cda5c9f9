import type { Range } from '@aetherlearn/contracts/progress/shapes'
import type { Day } from '../activity/days.ts'
import { unite, type Ranges } from '../watch/ranges.ts'
import { activeMinutes, type Credit } from './rules.ts'

/** Lecture id → what was credited of it. */
type Lectures = Record<string, Range[]>
/** Course id → its lectures. */
export type Credited = Record<string, Lectures>
/** A day in UTC → what its events are worth. */
export type CreditedDays = Record<string, Credited>

const DAY_MS = 24 * 3600 * 1000
/** Reports of these days may still come, and all events that matter to them are still known. */
const OPEN_DAYS = 32
/** Live watching is remembered for as long as it may stand against an event. */
const LIVE_DAYS = 41
const LIVE_SPANS = 2000

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)

export type Kept = {
  /** When watching was reported live, as far as it still matters. */
  live: Range[]
  days: CreditedDays
  /** What the days were worth that are over. */
  settled: Credited
  /** The student's own days that are open → minutes of watching. */
  minutes: Record<Day, number>
}
export const nothingKept: Kept = { live: [], days: {}, settled: {}, minutes: {} }
type Worth = Pick<Kept, 'days' | 'settled'>

export const keepLive = (kept: Ranges, live: Ranges, now: number): Range[] =>
  unite(kept, live)
    .filter(([, to]) => to > now - LIVE_DAYS * DAY_MS)
    .slice(-LIVE_SPANS)

/** Puts anew what the open days are worth; a day that is over keeps what it was worth while its events were known. */
export function settleDays({ days, settled }: Worth, credits: Credit[], now: number): Worth {
  const first = dayOf(now - OPEN_DAYS * DAY_MS)
  const over = Object.entries(days).filter(([day]) => day < first)
  const open: CreditedDays = {}
  for (const { event, ranges } of credits) {
    const day = dayOf(event.at)
    if (day < first || ranges.length === 0) continue
    const lectures = ((open[day] ??= {})[event.courseId] ??= {})
    ;(lectures[event.lectureId] ??= []).push(...ranges)
  }
  for (const credited of Object.values(open)) uniteAll(credited)
  return { days: open, settled: sumOf([settled, ...over.map(([, credited]) => credited)]) }
}

/** All that was credited on any day. */
export const totalOf = ({ days, settled }: Worth): Credited => sumOf([settled, ...Object.values(days)])

function sumOf(parts: Credited[]): Credited {
  const sum: Credited = {}
  for (const [courseId, lectures] of parts.flatMap((part) => Object.entries(part))) {
    const ofCourse = (sum[courseId] ??= {})
    for (const [lectureId, ranges] of Object.entries(lectures)) (ofCourse[lectureId] ??= []).push(...ranges)
  }
  uniteAll(sum)
  return sum
}

function uniteAll(credited: Credited) {
  for (const lectures of Object.values(credited)) {
    for (const [lectureId, ranges] of Object.entries(lectures)) lectures[lectureId] = unite(ranges, [])
  }
}

/** The lectures that are worth something else than before, course by course; of those worth nothing now, too. */
export function changesBetween(before: Credited, after: Credited): Credited {
  const changes: Credited = {}
  for (const courseId of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[courseId] ?? {}, after[courseId] ?? {}]
    for (const lectureId of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const ranges = is[lectureId] ?? []
      if (JSON.stringify(was[lectureId] ?? []) !== JSON.stringify(ranges))
        (changes[courseId] ??= {})[lectureId] = ranges
    }
  }
  return changes
}

type DayAt = (at: number) => Day
/** By its end: the minute in which a zone was chosen belongs to that zone. */
const WITHIN_MINUTE_MS = 59_999
const firstOpen = (dayAt: DayAt, now: number) => dayAt(now - OPEN_DAYS * DAY_MS)

/** How many of these minutes are in each of the student's days that are open. */
export function minutesByDay(minutes: number[], dayAt: DayAt, now: number): Record<Day, number> {
  const counts: Record<Day, number> = {}
  for (const day of minutes.map((at) => dayAt(at + WITHIN_MINUTE_MS))) counts[day] = (counts[day] ?? 0) + 1
  return Object.fromEntries(Object.entries(counts).filter(([day]) => day >= firstOpen(dayAt, now)))
}

/** The course of days on which nothing was watched in another one. */
export function courseByDay(credits: readonly Credit[], dayAt: DayAt): Map<Day, string> {
  const courses = new Map<Day, string>()
  for (const [courseId, ofCourse = []] of Object.entries(Object.groupBy(credits, courseOf))) {
    const days = new Set(activeMinutes(ofCourse).map((at) => dayAt(at + WITHIN_MINUTE_MS)))
    for (const day of days) courses.set(day, courses.has(day) ? '' : courseId)
  }
  return courses
}
const courseOf = ({ event }: Credit) => event.courseId

/** What to say of days: what they have now, and 0 of open ones that have lost what they had. */
export function minutesToTell(
  before: Record<Day, number>,
  after: Record<Day, number>,
  dayAt: DayAt,
  now: number,
): Map<Day, number> {
  const lost = Object.keys(before).filter((day) => day >= firstOpen(dayAt, now) && after[day] === undefined)
  return new Map([...lost.map((day) => [day, 0] as const), ...Object.entries(after)])
}
