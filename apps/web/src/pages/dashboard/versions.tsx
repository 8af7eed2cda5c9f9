import type { definitions } from '@aetherlearn/contracts/analytics/definitions'
import type {
  Estimate,
  LectureVersion,
  LectureVersions,
  VersionComparison,
  VersionMeasure,
} from '@aetherlearn/contracts/analytics/versions'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { versions } from '../../api/lecture-statistics.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Select } from '../../components/field.tsx'
import { clock, count, decimal, longDate, percent } from '../../components/format.ts'
import { Loaded, Panel } from '../../components/panel.tsx'
import { Meanings } from './meanings.tsx'
import { Table } from './table.tsx'

type Lecture = { lectureId: string; lectureTitle: string }
type Props = { courseId: string; lectures: Lecture[]; firstId: string }

/** Whether a lecture is watched otherwise since its video was replaced. */
export function Versions({ courseId, lectures, firstId }: Props) {
  const [lectureId, setLectureId] = useState(firstId)
  const [before, setBefore] = useState<string>()
  const found = useQuery(versions({ courseId, lectureId, before }))
  const choose = (chosen: string) => {
    setLectureId(chosen)
    setBefore(undefined)
  }
  return (
    <Panel
      title="Before and after"
      lead="What changed when the video of a lecture was replaced, and how sure one can be of it."
      controls={
        <Select
          label="Lecture with versions"
          value={lectureId}
          onChange={({ target }) => choose(target.value)}
          options={lectures.map((lecture) => [lecture.lectureId, lecture.lectureTitle])}
          className="max-w-64"
        />
      }
    >
      <Loaded query={found} what="the versions">
        {(known) => <Found found={known} onBefore={setBefore} />}
      </Loaded>
    </Panel>
  )
}

type FoundProps = { found: LectureVersions; onBefore: (videoId: string) => void }

function Found({ found: { versions: all, comparison }, onBefore }: FoundProps) {
  if (comparison === null) {
    return (
      <EmptyState icon="film" title="One version so far">
        Replace the video of this lecture and publish the course: then both versions are compared here.
      </EmptyState>
    )
  }
  const { a, b, sawBoth, hidden, measures, caveat } = comparison
  const nameOf = (videoId: string) => nameIn(all, videoId)
  const earlier = all.filter(({ videoId }) => videoId !== b.videoId)
  return (
    <>
      {earlier.length > 1 && (
        <Select
          label="Compare with"
          value={a.videoId}
          onChange={({ target }) => onBefore(target.value)}
          options={earlier.map(({ videoId }) => [videoId, nameOf(videoId)])}
          className="mb-4 max-w-80"
        />
      )}
      <ul className="mb-4 grid gap-2 text-sm sm:grid-cols-2">
        <Side name="Before" words={nameOf(a.videoId)} side={a} />
        <Side name="After" words={nameOf(b.videoId)} side={b} />
      </ul>
      {hidden ? (
        <EmptyState icon="people" title="Too few students to compare">
          Both versions must have been seen by five students who did not see the other.
        </EmptyState>
      ) : (
        <Measures measures={measures} />
      )}
      <p className="mt-4 max-w-3xl text-sm text-muted">
        {caveat} {sawBoth > 0 && `${count(sawBoth, 'student')} saw both.`}
      </p>
      <Meanings of={{ ...meanings, Versions: 'version' }} />
    </>
  )
}

/** By when it was seen, as videos have no names. */
function nameIn(all: LectureVersion[], videoId: string): string {
  const index = all.findIndex((version) => version.videoId === videoId)
  const version = all[index]
  if (version === undefined) return ''
  const { since, until, durationSeconds } = version
  const time = until === null ? `since ${longDate(since)}` : daysOf(longDate(since), longDate(until))
  return `Version ${index + 1}, ${time}${durationSeconds > 0 ? ` (${clock(durationSeconds)})` : ''}`
}

const daysOf = (first: string, last: string) => (first === last ? first : `${first} to ${last}`)

type SideProps = { name: string; words: string; side: VersionComparison['a'] }
const Side = ({ name, words, side: { students, playbacks } }: SideProps) => (
  <li className="rounded-lg bg-sunken px-4 py-3">
    <p className="font-medium">
      {name}: {words}
    </p>
    <p className="text-muted">
      {count(students, 'student')}, {count(playbacks, 'playback')}
    </p>
  </li>
)

const names = {
  versionWatched: 'Watched of it',
  versionCompleted: 'Completed',
  versionLeftEarly: 'Left early',
  versionRewatched: 'Watched again',
} as const satisfies Record<VersionMeasure['measure'], string>
const meanings: Record<string, keyof typeof definitions> = {
  'Watched of it': 'versionWatched',
  Completed: 'versionCompleted',
  'Left early': 'versionLeftEarly',
  'Watched again': 'versionRewatched',
}

const Measures = ({ measures }: { measures: VersionMeasure[] }) => (
  <Table name="Before and after" columns={['Measure', 'Before', 'After', 'Difference']} narrowest="sm">
    {measures.map(({ measure, a, b, difference, differs, verdict }) => (
      <tr key={measure} className="align-top">
        <th scope="row" className="max-w-44 min-w-44 py-2.5 text-left font-normal sm:max-w-none sm:min-w-60">
          <p className="font-medium">{names[measure]}</p>
          <p className={`mt-0.5 ${differs ? '' : 'text-muted'}`}>{verdict}</p>
        </th>
        <Range estimate={a} format={percent} />
        <Range estimate={b} format={percent} />
        <Range
          estimate={difference}
          format={(value) => `${value > 0 ? '+' : ''}${decimal(value)}`}
          bold={differs}
        />
      </tr>
    ))}
  </Table>
)

type RangeProps = { estimate: Estimate; format: (value: number) => string; bold?: boolean }
const Range = ({ estimate: { value, low, high }, format, bold = false }: RangeProps) => (
  <td className="py-2.5 pl-4 text-right whitespace-nowrap tabular-nums">
    <span className={bold ? 'font-semibold' : ''}>{format(value)}</span>
    <span className="block text-xs text-muted">
      {decimal(low)} to {decimal(high)}
    </span>
  </td>
)
