import type { Dashboard } from '@aetherlearn/contracts/analytics/dashboard'
import { duration, number } from '../../components/format.ts'

type Tile = { label: string; value: string; definition: string }

const tilesOf = (overview: Dashboard['overview']): Tile[] => [
  {
    label: 'Views',
    value: number(overview.totalViews),
    definition: 'Times a signed-in person opened the course page.',
  },
  {
    label: 'Unique students',
    value: number(overview.uniqueActiveUsers),
    definition: 'Students who watched anything at all; estimated within about 1 %.',
  },
  {
    label: 'Total watch time',
    value: duration(overview.totalWatchTimeSeconds),
    definition: 'Seconds really played, over all students. Pauses and skips do not count.',
  },
  {
    label: 'Average watch time',
    value: duration(overview.averageWatchTimeSeconds),
    definition: 'Total watch time shared among the unique students.',
  },
]

/** The numbers of a course, each with what it means beside it. */
export const OverviewTiles = ({ overview }: Pick<Dashboard, 'overview'>) => (
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
    <MostWatched lecture={overview.mostWatchedLecture} />
  </section>
)

const MostWatched = ({ lecture }: { lecture: Dashboard['overview']['mostWatchedLecture'] }) => (
  <p className="card mt-4 flex flex-wrap items-baseline gap-x-3 gap-y-1 px-5 py-4">
    <span className="text-sm font-medium text-muted">Most watched lecture</span>
    <span className="font-semibold">{lecture === null ? 'None yet' : lecture.lectureTitle}</span>
    {lecture !== null && (
      <span className="text-sm text-muted">{duration(lecture.watchTimeSeconds)} watched</span>
    )}
  </p>
)
