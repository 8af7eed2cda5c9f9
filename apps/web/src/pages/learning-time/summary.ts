import { daysTold, readEvidence } from '@aetherlearn/sdk/evidence'
import { count, duration, longDate } from '../../components/format.ts'

/** What a report says, in a sentence; undefined where it is none. */
export function summaryOf(document: unknown): string | undefined {
  const report = readEvidence(document)?.report
  if (report === undefined) return undefined
  const days = daysTold(report.entries)
  const [first, last] = [days[0]?.date, days.at(-1)?.date]
  const { minutes, completions } = report.totals
  const period =
    first === undefined || last === undefined ? '' : ` between ${dayName(first)} and ${dayName(last)}`
  const what = `${duration(minutes * 60)} of learning on ${count(report.totals.days, 'day')}${period}`
  return `${what}, ${count(completions, 'completed lecture')} of account ${report.userId}; issued on ${longDate(report.issuedAt)}.`
}
const dayName = (day: string) => longDate(`${day}T12:00:00`)
