import type { DayNumbers } from '@aetherlearn/contracts/analytics/dashboard'
import { useState } from 'react'
import { Select } from '../../components/field.tsx'
import { duration, number } from '../../components/format.ts'
import { Panel } from '../../components/panel.tsx'
import { longDay } from '../../components/zone.ts'
import { Bars } from './bars.tsx'
import { Meanings } from './meanings.tsx'
import { dayTicks, roundAbove, roundTimeAbove } from './scale.ts'
import { BehindTheChart, NumberCell, RowName, Table } from './table.tsx'

const measures = {
  watchTimeSeconds: { title: 'Watch time', format: duration, topOf: roundTimeAbove },
  uniqueStudents: { title: 'Students', format: number, topOf: roundAbove },
  playbacks: { title: 'Playbacks', format: number, topOf: roundAbove },
  views: { title: 'Views of the course page', format: number, topOf: roundAbove },
} as const
type Measure = keyof typeof measures
const isMeasure = (name: string): name is Measure => name in measures

/** How many of the last days can be looked at. */
export const spans = [7, 30, 90, 365] as const
export type Span = (typeof spans)[number]

type Props = { byDay: DayNumbers[]; days: Span; onDays: (days: Span) => void }

/** A course day by day. */
export function ByDay({ byDay, days, onDays }: Props) {
  const [measure, setMeasure] = useState<Measure>('watchTimeSeconds')
  const { title, format, topOf } = measures[measure]
  const values = byDay.map((day) => day[measure])
  const chooseDays = (chosen: string) => {
    const span = spans.find((known) => String(known) === chosen)
    if (span !== undefined) onDays(span)
  }
  return (
    <Panel
      title="Day by day"
      controls={
        <>
          <Select
            label="Number by day"
            hideLabel
            value={measure}
            onChange={({ target }) => isMeasure(target.value) && setMeasure(target.value)}
            options={Object.entries(measures).map(([name, known]) => [name, known.title])}
          />
          <Select
            label="Days"
            hideLabel
            value={String(days)}
            onChange={({ target }) => chooseDays(target.value)}
            options={spans.map((span) => [String(span), `Last ${span} days`])}
          />
        </>
      }
    >
      <Bars
        name={`${title} of the last ${byDay.length} days, one bar a day`}
        values={values}
        top={topOf(Math.max(0, ...values))}
        format={format}
        ticks={dayTicks(byDay.map(({ date }) => date))}
        wordsOf={(index) => `${longDay(byDay[index]?.date ?? '')}: ${format(values[index] ?? 0)}`}
      />
      <BehindTheChart summary="Every day as a table">
        <DayTable byDay={byDay} />
      </BehindTheChart>
      <Meanings
        of={{
          'Watch time': 'totalWatchTimeSeconds',
          Students: 'uniqueStudents',
          Playbacks: 'views',
          'Views of the course page': 'totalViews',
          Day: 'day',
        }}
      />
    </Panel>
  )
}

/** The latest day first: that is the one most often looked for. */
const DayTable = ({ byDay }: Pick<Props, 'byDay'>) => (
  <Table
    name="Day by day"
    columns={['Day', ...Object.values(measures).map(({ title }) => title)]}
    narrowest="md"
  >
    {byDay.toReversed().map((day) => (
      <tr key={day.date}>
        <RowName>{longDay(day.date)}</RowName>
        <NumberCell>{duration(day.watchTimeSeconds)}</NumberCell>
        <NumberCell>{number(day.uniqueStudents)}</NumberCell>
        <NumberCell>{number(day.playbacks)}</NumberCell>
        <NumberCell>{number(day.views)}</NumberCell>
      </tr>
    ))}
  </Table>
)
