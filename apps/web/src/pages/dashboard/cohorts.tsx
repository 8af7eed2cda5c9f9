import type { Cohort } from '@aetherlearn/contracts/analytics/students'
import { EmptyState } from '../../components/empty-state.tsx'
import { duration, number, percent } from '../../components/format.ts'
import { Meanings } from './meanings.tsx'
import { NumberCell, RowName, Table } from './table.tsx'

const months = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })
const monthName = (month: string) => months.format(new Date(month))

/** Those who began together, a row each, and the weeks after they enrolled as shades. */
export function Cohorts({ cohorts }: { cohorts: Cohort[] }) {
  if (cohorts.length === 0) {
    return (
      <EmptyState icon="people" title="Nobody has enrolled yet">
        Students appear here by the month in which they enrol.
      </EmptyState>
    )
  }
  const weeks = Math.max(0, ...cohorts.map(({ retentionPercent }) => retentionPercent.length))
  return (
    <>
      <Table
        name="Students by month of enrolment"
        columns={[
          'Month',
          'Students',
          'Have left',
          'Active in 7 days',
          'Completed',
          'Watch time each',
          'Progress',
        ]}
        narrowest="md"
      >
        {cohorts.map((cohort) => (
          <tr key={cohort.month}>
            <RowName>{monthName(cohort.month)}</RowName>
            <NumberCell>{number(cohort.students)}</NumberCell>
            <NumberCell>{number(cohort.left)}</NumberCell>
            <NumberCell>{number(cohort.activeLast7Days)}</NumberCell>
            <NumberCell>{number(cohort.completed)}</NumberCell>
            <NumberCell>{duration(cohort.averageWatchTimeSeconds)}</NumberCell>
            <NumberCell>{percent(cohort.averageProgressPercent)}</NumberCell>
          </tr>
        ))}
      </Table>
      <h3 className="mt-8 mb-1 text-sm font-semibold">Who stays</h3>
      <p className="mb-3 text-sm text-muted">
        Share of the students who were active in each week after they enrolled.
      </p>
      <Retention cohorts={cohorts} weeks={weeks} />
      <Meanings of={{ Month: 'cohort', Active: 'active', 'Who stays': 'retention', Progress: 'progress' }} />
    </>
  )
}

/** At its strongest the shade still lets the text on it be read. */
const STRONGEST = 0.45

const Retention = ({ cohorts, weeks }: { cohorts: Cohort[]; weeks: number }) => (
  <div
    tabIndex={0}
    role="region"
    aria-label="Who stays table"
    className="scrolls-sideways rounded-lg focus-visible:-outline-offset-2"
  >
    <table className="border-separate border-spacing-0.5 text-sm">
      <caption className="sr-only">Share of students active by week after they enrolled</caption>
      <thead>
        <tr className="text-xs text-muted">
          <th scope="col" className="pb-1 text-left font-medium">
            Month
          </th>
          {Array.from({ length: weeks }, (_, week) => (
            <th key={week} scope="col" className="min-w-14 pb-1 font-medium">
              Week {week + 1}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {cohorts.map(({ month, retentionPercent }) => (
          <tr key={month}>
            <th scope="row" className="pr-4 text-left font-normal whitespace-nowrap">
              {monthName(month)}
            </th>
            {retentionPercent.map((share, week) => (
              <td
                key={week}
                style={{
                  backgroundColor: `color-mix(in oklab, var(--accent) ${share * STRONGEST}%, var(--sunken))`,
                }}
                className="h-9 rounded-md px-2 text-center whitespace-nowrap tabular-nums"
              >
                {Math.round(share)} %
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
