import { definitions } from '@aetherlearn/contracts/analytics/definitions'
import type { HeatSegment, LectureHeat } from '@aetherlearn/contracts/analytics/lectures'
import { useState } from 'react'
import { EmptyState } from '../../components/empty-state.tsx'
import { Select } from '../../components/field.tsx'
import { clock, count, decimal } from '../../components/format.ts'
import { Bars } from './bars.tsx'
import { Hotspots } from './hotspots.tsx'
import { Meanings } from './meanings.tsx'
import { roundAbove, timeTicks } from './scale.ts'
import { BehindTheChart, NumberCell, RowName, Table } from './table.tsx'

const measures = {
  heat: 'Heat',
  watched: 'Watched',
  rewatched: 'Watched again',
  skipped: 'Skipped',
  left: 'Left',
} as const
type Measure = keyof typeof measures
const isMeasure = (name: string): name is Measure => name in measures
const names = Object.keys(measures).filter(isMeasure)

const HOTTEST = 100
const stretch = ({ from, to }: { from: number; to: number }) => `${clock(from)} to ${clock(to)}`

/** The stretches of a lecture: how often each was watched, watched again, skipped and left. */
export function Heat({ heat }: { heat: LectureHeat }) {
  if (heat.hidden) {
    return (
      <EmptyState icon="people" title="Too few students to show">
        {definitions.hidden} Come back when more have watched this lecture.
      </EmptyState>
    )
  }
  if (heat.segments.length === 0) {
    return (
      <EmptyState icon="chart" title="Nothing known of this lecture yet">
        As soon as students watch it, its stretches appear here.
      </EmptyState>
    )
  }
  return (
    <>
      <Chart heat={heat} />
      <Hotspots hotspots={heat.hotspots} />
      <BehindTheChart summary="Every stretch as a table">
        <StretchTable segments={heat.segments} />
      </BehindTheChart>
      <Meanings
        of={{
          Heat: 'heat',
          Watched: 'watched',
          'Watched again': 'rewatched',
          Skipped: 'skipped',
          Left: 'left',
        }}
      />
    </>
  )
}

function Chart({ heat }: { heat: LectureHeat }) {
  const [measure, setMeasure] = useState<Measure>('heat')
  const { segments, hotspots, playbacks, lectureTitle } = heat
  const values = segments.map((segment) => segment[measure])
  // A video whose length is not known is as long as what was seen of it.
  const length = segments.at(-1)?.to ?? 0
  const wordsOf = (segment: HeatSegment | undefined) =>
    segment === undefined ? '' : `${stretch(segment)}: ${measures[measure]} ${decimal(segment[measure])}`
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm text-muted">
          {count(playbacks, 'playback')} of {clock(length)}
        </p>
        <Select
          label="Number by stretch"
          hideLabel
          value={measure}
          onChange={({ target }) => isMeasure(target.value) && setMeasure(target.value)}
          options={names.map((name) => [name, measures[name]])}
        />
      </div>
      <Bars
        name={`${measures[measure]}, by stretches of “${lectureTitle}”`}
        values={values}
        top={measure === 'heat' ? HOTTEST : roundAbove(Math.max(0, ...values))}
        format={decimal}
        ticks={timeTicks(length)}
        wordsOf={(index) => wordsOf(segments[index])}
        marks={hotspots.map(({ from, to, kind }) => ({
          from: from / length,
          to: Math.min(to / length, 1),
          tone: kind,
        }))}
      />
    </>
  )
}

const StretchTable = ({ segments }: { segments: HeatSegment[] }) => (
  <Table
    name="Stretches of the lecture"
    columns={['Stretch', ...names.map((name) => measures[name])]}
    narrowest="md"
  >
    {segments.map((segment) => (
      <tr key={segment.from}>
        <RowName>{stretch(segment)}</RowName>
        {names.map((name) => (
          <NumberCell key={name}>{decimal(segment[name])}</NumberCell>
        ))}
      </tr>
    ))}
  </Table>
)
