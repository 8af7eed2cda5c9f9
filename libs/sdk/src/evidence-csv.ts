import type { EvidenceReport } from '@aetherlearn/contracts/progress/evidence'
import { daysTold } from './evidence.ts'

const HEADING = ['date', 'courseId', 'course', 'minutes', 'lateMinutes', 'completions', 'entry', 'hash']
/** What a spreadsheet would take for a formula, and run. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

/** A report as RFC 4180 has tables: a line for each day and course, by the entry that holds. */
export function evidenceCsv({ entries, titles }: EvidenceReport): string {
  const lines = daysTold(entries).flatMap(({ date, seq, hash, parts }) =>
    parts.map(({ courseId, minutes, lateMinutes, completions }) =>
      [date, courseId, titles[courseId] ?? '', minutes, lateMinutes, completions, seq, hash].map(cellOf),
    ),
  )
  return [HEADING, ...lines].map((cells) => `${cells.join(',')}\r\n`).join('')
}

function cellOf(value: string | number): string {
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : `${value}`
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
