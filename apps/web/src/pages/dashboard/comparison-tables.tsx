import type { Comparison } from '@aetherlearn/contracts/analytics/dashboard'
import { duration, number, percent } from '../../components/format.ts'
import { Meanings } from './meanings.tsx'
import { shortDay } from './scale.ts'
import { NumberCell, RowName, Table } from './table.tsx'

const rows = [
  ['Views of the course page', 'views', number],
  ['Playbacks', 'playbacks', number],
  ['Students', 'uniqueStudents', number],
  ['Watch time', 'watchTimeSeconds', duration],
  ['Average watch time', 'averageWatchTimeSeconds', duration],
] as const

const wordsOf = ({ from, to }: { from: string; to: string }) =>
  from === to ? shortDay(from) : `${shortDay(from)} – ${shortDay(to)}`

/** The course in two periods, and each of its lectures. */
export function ComparisonTables({ comparison }: { comparison: Comparison }) {
  const { period, against, change, lectures } = comparison
  const [now, before] = [wordsOf(period), wordsOf(against)]
  return (
    <>
      <Table name="Two periods" columns={['Number', now, before, 'Change']} narrowest="sm">
        {rows.map(([title, name, format]) => (
          <tr key={name}>
            <RowName>{title}</RowName>
            <NumberCell>{format(period[name])}</NumberCell>
            <NumberCell tone="muted">{format(against[name])}</NumberCell>
            <Change percents={change[name]} now={period[name]} />
          </tr>
        ))}
      </Table>
      <h3 className="mt-8 mb-3 text-sm font-semibold">By lecture</h3>
      <Table
        name="Lectures in two periods"
        columns={[
          'Lecture',
          'Students',
          'Students before',
          'Playbacks',
          'Playbacks before',
          'Watch time',
          'Watch time before',
        ]}
        narrowest="lg"
      >
        {lectures.map((lecture) => (
          <tr key={lecture.lectureId}>
            <RowName>{lecture.lectureTitle}</RowName>
            <NumberCell>{number(lecture.period.uniqueStudents)}</NumberCell>
            <NumberCell tone="muted">{number(lecture.against.uniqueStudents)}</NumberCell>
            <NumberCell>{number(lecture.period.views)}</NumberCell>
            <NumberCell tone="muted">{number(lecture.against.views)}</NumberCell>
            <NumberCell>{duration(lecture.period.watchTimeSeconds)}</NumberCell>
            <NumberCell tone="muted">{duration(lecture.against.watchTimeSeconds)}</NumberCell>
          </tr>
        ))}
      </Table>
      <Meanings
        of={{
          'Views of the course page': 'totalViews',
          Playbacks: 'views',
          Students: 'uniqueStudents',
          'Watch time': 'totalWatchTimeSeconds',
          'Average watch time': 'averageWatchTimeSeconds',
          Day: 'day',
        }}
      />
    </>
  )
}

function Change({ percents, now }: { percents: number | null; now: number }) {
  if (percents === null) return <NumberCell tone="muted">{now > 0 ? 'new' : '–'}</NumberCell>
  const tone = percents > 0 ? 'good' : percents < 0 ? 'bad' : 'muted'
  return (
    <NumberCell
      tone={tone}
    >{`${percents > 0 ? '+' : percents < 0 ? '−' : ''}${percent(Math.abs(percents))}`}</NumberCell>
  )
}
