import { useState, type PointerEvent } from 'react'
import type { Tick } from './scale.ts'

/** A stretch that is marked below the bars, as shares of the width. */
export type Mark = { from: number; to: number; tone: keyof typeof markTones }

type Props = {
  /** What is drawn, for those who do not see it. */
  name: string
  values: number[]
  /** The value at the upper end. */
  top: number
  format: (value: number) => string
  ticks: Tick[]
  /** What is said of the bar under the pointer. */
  wordsOf: (index: number) => string
  marks?: Mark[]
}

const markTones = { rewatched: 'fill-accent', skipped: 'fill-line-strong', left: 'fill-bad' } as const
const HEIGHT = 100
/** Below this number there is room between two bars. */
const MOST_WITH_GAPS = 120

/** Bars from left to right. They are one path however many they are: a long lecture has thousands of seconds. */
function outline(values: number[], top: number): string {
  const gap = values.length > MOST_WITH_GAPS ? 0 : 0.12
  return values
    .map((value, index) => {
      const y = HEIGHT - (HEIGHT * Math.min(value, top)) / top
      return value > 0 ? `M${index + gap} ${HEIGHT}V${y.toFixed(2)}H${index + 1 - gap}V${HEIGHT}Z` : ''
    })
    .join('')
}

/** A bar chart that fills its width. The numbers also stand in a table: this is for the eye. */
export function Bars({ name, values, top, format, ticks, wordsOf, marks = [] }: Props) {
  const [at, setAt] = useState<number>()
  const told = at === undefined || at >= values.length ? undefined : at
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const index = Math.floor(((event.clientX - left) / width) * values.length)
    setAt(Math.min(Math.max(index, 0), values.length - 1))
  }
  return (
    <figure>
      <figcaption aria-hidden="true" className="mb-2 h-5 truncate text-sm text-muted">
        {told !== undefined && wordsOf(told)}
      </figcaption>
      <div className="grid grid-cols-[auto_1fr] gap-x-2">
        <Scale top={top} format={format} />
        <div onPointerMove={follow} onPointerDown={follow} onPointerLeave={() => setAt(undefined)}>
          <svg
            role="img"
            aria-label={name}
            viewBox={`0 0 ${Math.max(values.length, 1)} ${HEIGHT}`}
            preserveAspectRatio="none"
            className="h-44 w-full overflow-visible sm:h-52"
          >
            <path
              d={`M0 0H${values.length}M0 ${HEIGHT / 2}H${values.length}M0 ${HEIGHT}H${values.length}`}
              className="stroke-line"
              vectorEffect="non-scaling-stroke"
            />
            {told !== undefined && <rect x={told} width={1} height={HEIGHT} className="fill-accent-soft" />}
            <path d={outline(values, top)} className="fill-accent" />
          </svg>
          {marks.length > 0 && <Marks marks={marks} />}
          <Axis ticks={ticks} />
        </div>
      </div>
    </figure>
  )
}

const Scale = ({ top, format }: Pick<Props, 'top' | 'format'>) => (
  <div
    aria-hidden="true"
    className="flex h-44 flex-col justify-between text-right text-[11px] leading-none text-muted tabular-nums sm:h-52"
  >
    {[top, top / 2, 0].map((value) => (
      <span key={value} className="-my-[5px]">
        {Number.isInteger(value) ? format(value) : ''}
      </span>
    ))}
  </div>
)

const Marks = ({ marks }: { marks: Mark[] }) => (
  <svg
    aria-hidden="true"
    viewBox="0 0 1 1"
    preserveAspectRatio="none"
    className="mt-1.5 h-1.5 w-full rounded-full bg-sunken"
  >
    {marks.map(({ from, to, tone }) => (
      <rect key={`${tone} ${from}`} x={from} width={to - from} height={1} className={markTones[tone]} />
    ))}
  </svg>
)

/** The first and the last mark keep inside, so that they do not make the page wider. */
const Axis = ({ ticks }: { ticks: Tick[] }) => (
  <div aria-hidden="true" className="relative mt-1.5 h-4 text-[11px] text-muted tabular-nums">
    {ticks.map(({ at, text }, index) => (
      <span
        key={at}
        style={{ left: `${at * 100}%` }}
        className={`absolute whitespace-nowrap ${shiftOf(at)} ${isSpare(ticks.length, index) ? 'max-sm:hidden' : ''}`}
      >
        {text}
      </span>
    ))}
  </div>
)

/** A phone has room for every second mark, the last one among them. */
const ROOM_ON_A_PHONE = 4
const isSpare = (amount: number, index: number) => amount > ROOM_ON_A_PHONE && (amount - 1 - index) % 2 === 1

function shiftOf(at: number): string {
  if (at < 0.04) return ''
  return at > 0.97 ? '-translate-x-full' : '-translate-x-1/2'
}
