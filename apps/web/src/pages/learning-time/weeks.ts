import type { EvidenceReport } from '@aetherlearn/contracts/progress/evidence'
import { daysTold } from '@aetherlearn/sdk/evidence'

export type Sum = { minutes: number; completions: number }
export type Week = Sum & {
  /** Its Monday. */
  monday: string
  days: number
}
export type Course = Sum & { courseId: string; title: string }

const DAY_MS = 86_400_000

/** Calendar days have no zone: counted in UTC, where every day has 24 hours. */
export function mondayOf(day: string): string {
  const at = Date.parse(day)
  return new Date(at - ((new Date(at).getUTCDay() + 6) % 7) * DAY_MS).toISOString().slice(0, 10)
}

/** Weeks in which anything was learned, the latest first. */
export function weeksOf({ entries }: Pick<EvidenceReport, 'entries'>): Week[] {
  const weeks = new Map<string, Week>()
  for (const { date, parts } of daysTold(entries)) {
    if (parts.length === 0) continue
    const monday = mondayOf(date)
    const week = weeks.get(monday) ?? { monday, days: 0, minutes: 0, completions: 0 }
    week.days += 1
    for (const { minutes, completions } of parts) {
      week.minutes += minutes
      week.completions += completions
    }
    weeks.set(monday, week)
  }
  return [...weeks.values()].toSorted((a, b) => (a.monday < b.monday ? 1 : -1))
}

/** Courses, that with most time first. */
export function coursesOf({ entries, titles }: Pick<EvidenceReport, 'entries' | 'titles'>): Course[] {
  const courses = new Map<string, Course>()
  for (const { parts } of daysTold(entries))
    for (const { courseId, minutes, completions } of parts) {
      const title = courseId === '' ? 'Course not recorded' : (titles[courseId] ?? 'A course that is gone')
      const course = courses.get(courseId) ?? { courseId, title, minutes: 0, completions: 0 }
      course.minutes += minutes
      course.completions += completions
      courses.set(courseId, course)
    }
  return [...courses.values()].toSorted((a, b) => b.minutes - a.minutes || (a.title < b.title ? -1 : 1))
}
