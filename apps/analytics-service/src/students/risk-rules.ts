import { FEWEST_STUDENTS } from '@aetherlearn/contracts/analytics/shapes'
import type { RiskReason, StudentAtRisk } from '@aetherlearn/contracts/analytics/students'
import { dayOf } from './days.ts'
import { activeWithin, monthOf, percentOf, progressOf, type Student } from './rules.ts'

const NOT_STARTED_DAYS = 7
const INACTIVE_DAYS = 14
const BEHIND_AFTER_DAYS = 14
/** Two stretches of this length are compared. */
const PACE_DAYS = 14
const FORMER_ACTIVE_DAYS = 4

/** The rules in words, by name. */
export const riskRules: Record<RiskReason['rule'], string> = {
  'never-started': `Enrolled at least ${NOT_STARTED_DAYS} days ago, and has neither watched nor completed anything.`,
  inactive: `Has watched or completed something, but nothing in the last ${INACTIVE_DAYS} days.`,
  behind: `Enrolled at least ${BEHIND_AFTER_DAYS} days ago, and has completed less than half as much as the middle one of those who enrolled in the same month; of months with at least ${FEWEST_STUDENTS} students.`,
  'slowing-down': `Was active in the last ${PACE_DAYS} days, but on at most half as many days as in the ${PACE_DAYS} before, of which there were at least ${FORMER_ACTIVE_DAYS}.`,
}

/** What a student is held against. */
type Setting = { lectures: number; today: number; middle: ReadonlyMap<string, number> }
export type AtRisk = Omit<StudentAtRisk, 'fullName'>

/**
 * Those who are enrolled, have not completed the course and meet a rule: most reasons first, then those who have been away
 * for longest.
 */
export function atRisk(students: Student[], lectures: number, now: Date): AtRisk[] {
  const setting = { lectures, today: dayOf(now), middle: middleProgress(students, lectures) }
  const found = students
    .filter(({ enrolled, completedCourse }) => enrolled && !completedCourse)
    .map((student) => ({ student, reasons: reasonsOf(student, setting) }))
    .filter(({ reasons }) => reasons.length > 0)
  const lastSeen = ({ lastActiveAt, enrolledAt }: Student) => Number(lastActiveAt ?? enrolledAt)
  found.sort(
    (a, b) =>
      b.reasons.length - a.reasons.length ||
      lastSeen(a.student) - lastSeen(b.student) ||
      (a.student.userId < b.student.userId ? -1 : 1),
  )
  return found.map(({ student, reasons }) => ({
    userId: student.userId,
    enrolledAt: student.enrolledAt.toISOString(),
    lastActiveAt: student.lastActiveAt?.toISOString() ?? null,
    progressPercent: progressOf(student, lectures),
    watchTimeSeconds: student.watchTimeMs / 1000,
    reasons,
  }))
}

function reasonsOf(student: Student, setting: Setting): RiskReason[] {
  const found = {
    'never-started': neverStarted(student, setting),
    inactive: inactive(student, setting),
    behind: behind(student, setting),
    'slowing-down': slowingDown(student, setting),
  }
  const rules = ['never-started', 'inactive', 'behind', 'slowing-down'] as const
  return rules.flatMap((rule) => {
    const explanation = found[rule]
    return explanation === undefined ? [] : [{ rule, explanation }]
  })
}

const days = (count: number) => (count === 1 ? '1 day' : `${count} days`)

function neverStarted({ lastActiveAt, enrolledAt }: Student, { today }: Setting) {
  const since = today - dayOf(enrolledAt)
  if (lastActiveAt !== null || since < NOT_STARTED_DAYS) return undefined
  return `Enrolled ${days(since)} ago and has not watched or completed anything yet.`
}

function inactive({ lastActiveAt }: Student, { today }: Setting) {
  if (lastActiveAt === null) return undefined
  const since = today - dayOf(lastActiveAt)
  if (since < INACTIVE_DAYS) return undefined
  return `Was last active ${days(since)} ago.`
}

function behind(student: Student, { lectures, today, middle }: Setting) {
  const others = middle.get(monthOf(student)) ?? 0
  const own = progressOf(student, lectures)
  if (today - dayOf(student.enrolledAt) < BEHIND_AFTER_DAYS || own >= others / 2) return undefined
  return `Has completed ${own} % of the lectures, where half of those who enrolled in the same month have completed ${others} % or more.`
}

function slowingDown(student: Student, { today }: Setting) {
  const lately = activeWithin(student, PACE_DAYS, today)
  const before = activeWithin(student, PACE_DAYS, today - PACE_DAYS)
  if (lately === 0 || before < FORMER_ACTIVE_DAYS || lately > before / 2) return undefined
  return `Was active on ${days(lately)} of the last ${PACE_DAYS}, after ${days(before)} of the ${PACE_DAYS} before.`
}

/** Month of enrolment → what half of its students have completed at least; of the larger ones. */
function middleProgress(students: Student[], lectures: number): Map<string, number> {
  const enrolled = students.filter((student) => student.enrolled)
  const middle = new Map<string, number>()
  for (const [month, members] of Map.groupBy(enrolled, monthOf)) {
    if (members.length < FEWEST_STUDENTS) continue
    const done = members.map(({ completedLectures }) => completedLectures).sort((a, b) => b - a)
    // With an even number the lower one of both in the middle: half of them have at least as much.
    middle.set(month, percentOf(done[Math.ceil(members.length / 2) - 1] ?? 0, lectures))
  }
  return middle
}
