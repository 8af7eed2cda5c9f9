import { useQuery } from '@tanstack/react-query'
import { heatmap } from '../../api/queries.ts'
import { count, longDate } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { monthsOf, yearOf, type HeatCell } from './year.ts'

const CELL = 11
const STEP = 14
const LEFT = 30
const TOP = 18
const WIDTH = LEFT + 53 * STEP
const HEIGHT = TOP + 7 * STEP

const fills = ['fill-heat-0', 'fill-heat-1', 'fill-heat-2', 'fill-heat-3', 'fill-heat-4'] as const
const swatches = ['bg-heat-0', 'bg-heat-1', 'bg-heat-2', 'bg-heat-3', 'bg-heat-4'] as const
const weekdays = [
  ['Mon', 1],
  ['Wed', 3],
  ['Fri', 5],
] as const

/** A year of learning, one square a day. */
export function Heatmap() {
  const activity = useQuery(heatmap)
  return (
    <section aria-labelledby="activity" className="card p-5 sm:p-6">
      <h2 id="activity" className="font-semibold">
        Your year of learning
      </h2>
      {activity.isPending && (
        <Loading what="your activity">
          <Skeleton className="mt-4 h-32" />
        </Loading>
      )}
      {activity.isError && (
        <Problem error={activity.error} onRetry={() => void activity.refetch()} className="mt-4" />
      )}
      {activity.data !== undefined && <Year cells={yearOf(activity.data, new Date())} />}
    </section>
  )
}

function Year({ cells }: { cells: HeatCell[] }) {
  const summary = `${count(cells.filter((cell) => cell.count > 0).length, 'active day')} in the last 365`
  return (
    <>
      {/* Focusable, so that a keyboard can scroll it on a narrow screen. */}
      <div
        tabIndex={0}
        role="region"
        aria-label="Activity calendar"
        className="mt-4 overflow-x-auto rounded-lg"
        dir="rtl"
      >
        <svg
          role="img"
          aria-label={summary}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          className="w-full min-w-[44rem] text-[10px] [direction:ltr]"
        >
          {monthsOf(cells).map(({ name, column }) => (
            <text key={name + column} x={LEFT + column * STEP} y={11} className="fill-muted">
              {name}
            </text>
          ))}
          {weekdays.map(([name, row]) => (
            <text key={name} x={0} y={TOP + row * STEP + 9} className="fill-muted">
              {name}
            </text>
          ))}
          {cells.map((cell) => (
            <Cell key={cell.date} cell={cell} />
          ))}
        </svg>
      </div>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
        <p>{summary}</p>
        <p className="flex items-center gap-1 text-xs" aria-hidden="true">
          Less
          {swatches.map((swatch) => (
            <span key={swatch} className={`size-2.5 rounded-[3px] ${swatch}`} />
          ))}
          More
        </p>
      </div>
    </>
  )
}

const Cell = ({ cell }: { cell: HeatCell }) => (
  <rect
    x={LEFT + cell.column * STEP}
    y={TOP + cell.row * STEP}
    width={CELL}
    height={CELL}
    rx={3}
    className={fills[cell.level]}
    data-date={cell.date}
    data-count={cell.count}
  >
    <title>
      {longDate(cell.date)}: {cell.count === 0 ? 'nothing' : count(cell.count, 'activity', 'activities')}
    </title>
  </rect>
)
