import type { RankedByLength } from '@aetherlearn/contracts/analytics/dashboard'
import type { ReactNode } from 'react'
import { decimal } from '../../components/format.ts'
import { Panel } from '../../components/panel.tsx'
import { Meanings } from './meanings.tsx'
import { BehindTheChart, NumberCell, RowName, Table } from './table.tsx'

/** More places say little about what is watched most. */
const SHOWN = 10

/** Which lectures are watched most, a short one as fairly as a long one. */
export function Ranking({ ranking }: { ranking: RankedByLength[] }) {
  const most = Math.max(Number.MIN_VALUE, ...ranking.map(({ timesThrough }) => timesThrough ?? 0))
  const rows = ranking.map((lecture, index) => (
    <LectureRow key={lecture.lectureId} lecture={lecture} place={index + 1} most={most} />
  ))
  return (
    <Panel
      title="Most watched for its length"
      lead="How many times over a lecture was watched. What somebody watches again in one playback does not count."
    >
      <RankingTable name="Ranking of the lectures">{rows.slice(0, SHOWN)}</RankingTable>
      {rows.length > SHOWN && (
        <BehindTheChart summary={`The other ${rows.length - SHOWN}, down to the least watched`}>
          <RankingTable name="Rest of the ranking">{rows.slice(SHOWN)}</RankingTable>
        </BehindTheChart>
      )}
      <Meanings of={{ 'Times through': 'timesThrough', 'Unique minutes': 'uniqueMinutes' }} />
    </Panel>
  )
}

type TableProps = { name: string; children: ReactNode }
const RankingTable = ({ name, children }: TableProps) => (
  <Table
    name={name}
    columns={['Lecture', 'Times through', 'Unique minutes']}
    left={['Times through']}
    narrowest="sm"
  >
    {children}
  </Table>
)

type RowProps = { lecture: RankedByLength; place: number; most: number }
const LectureRow = ({ lecture: { lectureTitle, timesThrough, uniqueMinutes }, place, most }: RowProps) => (
  <tr>
    <RowName>{`${place}. ${lectureTitle}`}</RowName>
    <td className="w-1/2 py-1.5 pl-4">
      {timesThrough === null ? (
        <span className="text-muted">Its length is not known</span>
      ) : (
        <div className="flex items-center gap-3">
          <span className="w-14 font-semibold tabular-nums">{decimal(timesThrough)}</span>
          <div className="h-4 flex-1 rounded-md bg-sunken">
            <div
              className="h-full min-w-1 rounded-md bg-accent transition-[width] duration-500"
              style={{ width: `${(timesThrough / most) * 100}%` }}
            />
          </div>
        </div>
      )}
    </td>
    <NumberCell>{decimal(uniqueMinutes)}</NumberCell>
  </tr>
)
