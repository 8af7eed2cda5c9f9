import type { Cohort } from '@aetherlearn/contracts/analytics/students'
import { dayOf } from './days.ts'

/** One who is or was enrolled, as far as statistics go. */
export type Student = {
  userId: string
  /** For the first time. */
  enrolledAt: Date
  /** False: left, or was removed. */
  enrolled: boolean
  /** Of the lectures that the course has now. */
  completedLectures: number
  completedCourse: boolean
  watchTimeMs: number
  /** Watched or completed something. */
  lastActiveAt: Date | null
  /** Days on which something was watched or completed, oldest first. */
  activeDays: number[]
}

/** To a tenth. */
export const percentOf = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((1000 * Math.min(part, whole)) / whole) / 10

export const progressOf = ({ completedLectures }: Student, lectures: number): number =>
  percentOf(completedLectures, lectures)

export const monthOf = ({ enrolledAt }: Pick<Student, 'enrolledAt'>) => {
  const month = enrolledAt.getUTCMonth() + 1
  return `${enrolledAt.getUTCFullYear()}-${month < 10 ? '0' : ''}${month}`
}

const DAYS_PER_WEEK = 7
/** Today is one of them. */
export const activeWithin = ({ activeDays }: Student, days: number, today: number): number =>
  activeDays.filter((day) => day > today - days && day <= today).length

/**
 * The students of a course by the month in which they enrolled, oldest first. Who has left is still of their cohort:
 * retention without them would only look at those who stayed.
 */
export function cohortsOf(students: Student[], lectures: number, now: Date): Cohort[] {
  const byMonth = Map.groupBy(students, monthOf)
  const today = dayOf(now)
  return [...byMonth]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([month, members]) => ({ month, ...numbersOf(members, lectures, today) }))
}

function numbersOf(members: Student[], lectures: number, today: number): Omit<Cohort, 'month'> {
  const average = (valueOf: (student: Student) => number) =>
    members.reduce((sum, student) => sum + valueOf(student), 0) / members.length
  return {
    students: members.length,
    left: members.filter(({ enrolled }) => !enrolled).length,
    activeLast7Days: members.filter((student) => activeWithin(student, DAYS_PER_WEEK, today) > 0).length,
    completed: members.filter(({ completedCourse }) => completedCourse).length,
    averageWatchTimeSeconds: Math.round(average(({ watchTimeMs }) => watchTimeMs)) / 1000,
    averageProgressPercent: Math.round(10 * average((student) => progressOf(student, lectures))) / 10,
    retentionPercent: retentionOf(members, today),
  }
}

/** Weeks are each student's own: the first begins on the day on which they enrolled. */
function retentionOf(members: Student[], today: number): number[] {
  const active: number[] = []
  const begun: number[] = []
  const add = (counts: number[], week: number) => {
    counts[week] = (counts[week] ?? 0) + 1
  }
  for (const { enrolledAt, activeDays } of members) {
    const firstDay = dayOf(enrolledAt)
    const weekOf = (day: number) => Math.floor((day - firstDay) / DAYS_PER_WEEK)
    for (let week = 0; week <= weekOf(today); week += 1) add(begun, week)
    const since = activeDays.filter((day) => day >= firstDay && day <= today)
    for (const week of new Set(since.map(weekOf))) add(active, week)
  }
  return begun.map((students, week) => percentOf(active[week] ?? 0, students))
}
