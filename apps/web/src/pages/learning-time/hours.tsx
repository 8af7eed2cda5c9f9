import type { EvidenceReport } from '@aetherlearn/contracts/progress/evidence'
import { count, duration, longDate, number } from '../../components/format.ts'
import { coursesOf, weeksOf } from './weeks.ts'

const HEAD = 'pb-2 pl-4 text-right font-medium first:pl-0 first:text-left'
const CELL = 'py-2 pl-4 text-right whitespace-nowrap tabular-nums'
/** Days have no zone. */
const dayName = (day: string) => longDate(`${day}T12:00:00`)

/** What was learned, by week and by course. */
export function Hours({ report }: { report: EvidenceReport }) {
  const { minutes, lateMinutes, completions, days } = report.totals
  return (
    <>
      <dl className="grid gap-4 sm:grid-cols-3" aria-label="In all">
        <Tile name="Learning time" value={duration(minutes * 60)}>
          {lateMinutes > 0 && `${duration(lateMinutes * 60)} of it told when the device was online again`}
        </Tile>
        <Tile name="Days" value={number(days)} />
        <Tile name="Completed" value={count(completions, 'lecture')} />
      </dl>
      <div className="mt-6 grid items-start gap-6 lg:grid-cols-2 print:block">
        <HoursTable
          name="By course"
          columns={['Course', 'Time', 'Completed']}
          rows={coursesOf(report).map(({ courseId, title, ...sum }) => ({
            key: courseId,
            cells: [title, duration(sum.minutes * 60), number(sum.completions)],
          }))}
        />
        <HoursTable
          name="By week"
          columns={['Week of', 'Time', 'Days', 'Completed']}
          rows={weeksOf(report).map((week) => ({
            key: week.monday,
            cells: [
              dayName(week.monday),
              duration(week.minutes * 60),
              number(week.days),
              number(week.completions),
            ],
          }))}
        />
      </div>
    </>
  )
}

const Tile = ({ name, value, children }: { name: string; value: string; children?: string | false }) => (
  <div className="card p-5">
    <dt className="text-sm font-medium text-muted">{name}</dt>
    <dd className="mt-1 text-3xl font-semibold tracking-tight tabular-nums">{value}</dd>
    {children && <dd className="mt-2 text-xs text-muted">{children}</dd>}
  </div>
)

type Row = { key: string; cells: string[] }

const HoursTable = ({ name, columns, rows }: { name: string; columns: string[]; rows: Row[] }) => (
  <section aria-label={name} className="card p-5 sm:p-6 print:mt-6 print:break-inside-auto">
    <h2 className="font-semibold">{name}</h2>
    <div
      tabIndex={0}
      role="region"
      aria-label={`${name} table`}
      className="mt-3 scrolls-sideways rounded-lg focus-visible:-outline-offset-2"
    >
      <table className="w-full text-sm">
        <caption className="sr-only">{name}</caption>
        <thead>
          <tr className="text-xs text-muted">
            {columns.map((column) => (
              <th key={column} scope="col" className={HEAD}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line border-t border-line">
          {rows.map(({ key, cells: [first, ...rest] }) => (
            <tr key={key}>
              <th scope="row" className="py-2 pr-2 text-left font-normal">
                {first}
              </th>
              {rest.map((cell, index) => (
                <td key={columns[index + 1]} className={CELL}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
)
