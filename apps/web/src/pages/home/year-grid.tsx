import { useRef, useState, type KeyboardEvent } from 'react'
import { count } from '../../components/format.ts'
import { longDay } from '../../components/zone.ts'
import { monthsOf, movedBy, weekdays, type HeatCell } from './year.ts'

const shades = ['bg-heat-0', 'bg-heat-1', 'bg-heat-2', 'bg-heat-3', 'bg-heat-4'] as const

const wordsOf = (cell: HeatCell) =>
  `${longDay(cell.date)}: ${cell.count === 0 ? 'nothing' : count(cell.count, 'activity', 'activities')}`

/** The first column holds the weekdays, the first row the months. */
const placed = ({ column, row }: Pick<HeatCell, 'column' | 'row'>) => ({
  gridColumn: column + 2,
  gridRow: row + 2,
})

/** A square a day. One of them is in the order of Tab; arrows, page keys, Home and End go to the others. */
export function YearGrid({ cells }: { cells: HeatCell[] }) {
  const [at, setAt] = useState(cells.length - 1)
  const [told, setTold] = useState<HeatCell>()
  const grid = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const to = movedBy(event.key, at, cells.length)
    if (to === undefined) return
    event.preventDefault()
    setAt(to)
    grid.current?.querySelector<HTMLElement>(`[data-date="${cells[to]?.date}"]`)?.focus()
  }
  return (
    <>
      {/* From right to left, so that a narrow screen begins with today. */}
      <div className="mt-4 overflow-x-auto pb-1" dir="rtl">
        <div
          ref={grid}
          role="grid"
          aria-label="Activity calendar"
          onKeyDown={onKeyDown}
          onPointerLeave={() => setTold(undefined)}
          className="grid min-w-[46rem] grid-cols-[2rem_repeat(53,minmax(0,1fr))] gap-[3px] p-[3px] text-[11px] text-muted [direction:ltr]"
        >
          <Months cells={cells} />
          {weekdays.map((weekday, row) => (
            <div key={weekday} role="row" className="contents">
              <span
                role="rowheader"
                aria-label={weekday}
                style={placed({ column: -1, row })}
                className="h-0 leading-none"
              >
                {row % 2 === 1 && weekday.slice(0, 3)}
              </span>
              {cells.map(
                (cell, index) =>
                  cell.row === row && (
                    <div
                      key={cell.date}
                      role="gridcell"
                      tabIndex={index === at ? 0 : -1}
                      aria-label={wordsOf(cell)}
                      data-date={cell.date}
                      data-count={cell.count}
                      onFocus={() => {
                        setAt(index)
                        setTold(cell)
                      }}
                      onBlur={() => setTold(undefined)}
                      onPointerEnter={() => setTold(cell)}
                      style={placed(cell)}
                      className={`aspect-square rounded-[20%] focus-visible:outline-offset-1 ${shades[cell.level]}`}
                    />
                  ),
              )}
            </div>
          ))}
        </div>
      </div>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-x-6 gap-y-2 text-sm text-muted">
        <p>
          {told === undefined
            ? `${count(cells.filter((cell) => cell.count > 0).length, 'active day')} in the last 365`
            : wordsOf(told)}
        </p>
        <Legend />
      </div>
    </>
  )
}

/** For the eye only: every square names its day in full. */
const Months = ({ cells }: { cells: HeatCell[] }) => (
  <div aria-hidden="true" className="contents">
    {monthsOf(cells).map(({ name, column }) => (
      <span key={name + column} style={placed({ column, row: -1 })} className="w-0 leading-5">
        {name}
      </span>
    ))}
  </div>
)

const Legend = () => (
  <p className="flex items-center gap-1 text-xs">
    <span className="sr-only">Five shades, from a day without activity to your busiest:</span>
    Less
    {shades.map((shade) => (
      <span key={shade} aria-hidden="true" className={`size-3 rounded-[20%] ${shade}`} />
    ))}
    More
  </p>
)
