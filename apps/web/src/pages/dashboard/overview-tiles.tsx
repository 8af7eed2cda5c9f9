import { definitions } from '@aetherlearn/contracts/analytics/definitions'
import type { Overview } from '@aetherlearn/contracts/analytics/dashboard'
import { duration, number } from '../../components/format.ts'

type Tile = { label: string; value: string; definition: string }

const tilesOf = (overview: Overview): Tile[] => [
  { label: 'Views', value: number(overview.totalViews), definition: definitions.totalViews },
  {
    label: 'Unique students',
    value: number(overview.uniqueActiveUsers),
    definition: definitions.uniqueActiveUsers,
  },
  {
    label: 'Total watch time',
    value: duration(overview.totalWatchTimeSeconds),
    definition: definitions.totalWatchTimeSeconds,
  },
  {
    label: 'Average watch time',
    value: duration(overview.averageWatchTimeSeconds),
    definition: definitions.averageWatchTimeSeconds,
  },
]

/** The numbers of a course, each with what it means beside it. */
export const OverviewTiles = ({ overview }: { overview: Overview }) => (
  <section aria-label="Overview">
    <dl className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
      {tilesOf(overview).map(({ label, value, definition }) => (
        <div key={label} className="card p-5">
          <dt className="text-sm font-medium text-muted">{label}</dt>
          <dd className="mt-1 text-3xl font-semibold tracking-tight tabular-nums">{value}</dd>
          <dd className="mt-2 text-xs leading-relaxed text-muted">{definition}</dd>
        </div>
      ))}
    </dl>
    <div className="mt-4 grid gap-4 sm:grid-cols-2">
      <Ranked label="Most watched lecture" lecture={overview.mostWatchedLecture} />
      <Ranked label="Least watched lecture" lecture={overview.leastWatchedLecture} />
    </div>
  </section>
)

type RankedProps = { label: string; lecture: Overview['mostWatchedLecture'] }

const Ranked = ({ label, lecture }: RankedProps) => (
  <p className="card flex flex-wrap items-baseline gap-x-3 gap-y-1 px-5 py-4">
    <span className="text-sm font-medium text-muted">{label}</span>
    <span className="font-semibold">{lecture === null ? 'None yet' : lecture.lectureTitle}</span>
    {lecture !== null && (
      <span className="text-sm text-muted">{duration(lecture.watchTimeSeconds)} watched</span>
    )}
  </p>
)
