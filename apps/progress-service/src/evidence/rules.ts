import type { EvidenceEntry, EvidencePart, EvidenceReport } from '@aetherlearn/contracts/progress/evidence'
import type { Day } from '../activity/days.ts'
import type { CourseDay } from '../history/port.ts'

const HOUR_MS = 3600 * 1000
/** A day is over everywhere twelve hours after its end in UTC; the history may be an hour behind that. */
const OVER_MS = (24 + 12 + 1) * HOUR_MS

/** The last day that is over, whatever the learner's time zone. */
export const lastDayOver = (now: number): Day => new Date(now - OVER_MS).toISOString().slice(0, 10)

/** What is told of a day in one course, before it is salted. */
export type Facts = Omit<EvidencePart, 'salt'>

/** What the history says of days, by day; each in the order of its courses. */
export function factsByDay(history: readonly CourseDay[]): Map<Day, Facts[]> {
  const days = new Map<Day, Facts[]>()
  for (const { date, ...facts } of history) days.set(date, [...(days.get(date) ?? []), facts])
  for (const facts of days.values()) facts.sort((a, b) => (a.courseId < b.courseId ? -1 : 1))
  return days
}

const textOf = (parts: readonly Facts[]) =>
  parts
    .map(({ courseId, minutes, lateMinutes, completions }) =>
      [courseId, minutes, lateMinutes, completions].join(),
    )
    .toSorted()
    .join(';')

/** Whether an entry that says `before` has to be corrected. */
export const isOther = (before: readonly Facts[], after: readonly Facts[]): boolean =>
  textOf(before) !== textOf(after)

/** How much more is known of each course by a day's new entry; a day counts where anything happened. */
export function changesOf(before: readonly Facts[], after: readonly Facts[]) {
  const courseIds = new Set([...before, ...after].map(({ courseId }) => courseId))
  courseIds.delete('')
  const sumIn = (parts: readonly Facts[], courseId: string) =>
    parts.find((part) => part.courseId === courseId) ?? { minutes: 0, lateMinutes: 0, completions: 0 }
  const counts = ({ minutes, completions }: Omit<Facts, 'courseId'>) =>
    minutes > 0 || completions > 0 ? 1 : 0
  return [...courseIds].map((courseId) => {
    const [was, is] = [sumIn(before, courseId), sumIn(after, courseId)]
    return {
      courseId,
      minutes: is.minutes - was.minutes,
      lateMinutes: is.lateMinutes - was.lateMinutes,
      completions: is.completions - was.completions,
      days: counts(is) - counts(was),
    }
  })
}

type WholeEntry = Required<EvidenceEntry>
export type Scope = EvidenceReport['scope']

/** Of a chain what is asked for; of the rest the hashes, so that the chain can still be followed. */
export function told(entries: readonly WholeEntry[], { from, to, courseId }: Scope): EvidenceEntry[] {
  const isOfCourse = (part: EvidencePart) => courseId === undefined || part.courseId === courseId
  // With an entry also those that correct it: the last one of a day is what holds.
  const dates = new Set(
    entries
      .filter(({ parts }) => courseId === undefined || parts.some(isOfCourse))
      .map(({ content }) => content.date)
      .filter((date) => (from === undefined || date >= from) && (to === undefined || date <= to)),
  )
  return entries.map((entry) => {
    if (dates.has(entry.content.date)) return { ...entry, parts: entry.parts.filter(isOfCourse) }
    const { seq, previousHash, contentHash, hash } = entry
    return { seq, previousHash, contentHash, hash }
  })
}
