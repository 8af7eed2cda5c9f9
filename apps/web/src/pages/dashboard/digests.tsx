import type { TwoWeeks, WeeklyDigest } from '@aetherlearn/contracts/analytics/digests'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { digests } from '../../api/messages.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { clock, count, duration, number } from '../../components/format.ts'
import { Loaded, Panel } from '../../components/panel.tsx'

const DAY_MS = 86_400_000
/** Weeks are those of UTC, wherever one looks at them. */
const days = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' })

/** The weeks of a course, newest first. */
export function Digests({ courseId }: { courseId: string }) {
  const found = useInfiniteQuery(digests(courseId))
  const weeks = found.data?.pages.flatMap((page) => page.digests) ?? []
  return (
    <div className="space-y-8">
      <Loaded query={found} what="the weeks">
        {() =>
          weeks.length === 0 ? (
            <EmptyState icon="chart" title="No week to tell of yet">
              On Mondays the week before is put together here, and told to all who work on the course.
            </EmptyState>
          ) : (
            weeks.map((digest) => <Week key={digest.week} digest={digest} />)
          )
        }
      </Loaded>
      {found.hasNextPage && (
        <Button look="secondary" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          Earlier weeks
        </Button>
      )}
    </div>
  )
}

function Week({ digest }: { digest: WeeklyDigest }) {
  const { week, numbers, hotspots, hardest } = digest
  const sunday = new Date(Date.parse(week) + 6 * DAY_MS)
  return (
    <Panel
      title={`${days.format(new Date(week))} to ${days.format(sunday)}`}
      lead="Beside each number stands what it was in the week before."
    >
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 lg:grid-cols-5">
        <Tile name="Students who watched" weeks={numbers.students} />
        <Tile name="Watch time" weeks={numbers.watchTimeSeconds} words={duration} />
        <Tile name="Playbacks" weeks={numbers.playbacks} />
        <Tile name="New students" weeks={numbers.enrolments} />
        <Tile name="Completed the course" weeks={numbers.completions} />
      </dl>
      <NewAtRisk digest={digest} />
      {hardest !== null && (
        <Part title="Hardest lecture">
          <p className="text-sm">
            <span className="font-medium">{hardest.lectureTitle}</span> · difficulty{' '}
            {number(hardest.difficulty)} of 100
          </p>
          <p className="mt-1 text-sm text-muted">{hardest.reasons[0]}</p>
        </Part>
      )}
      {hotspots.length > 0 && (
        <Part title="Stretches that stand out">
          <ul className="space-y-2 text-sm">
            {hotspots.map(({ lectureId, lectureTitle, from, to, kind, reason }) => (
              <li key={`${lectureId}${from}${kind}`}>
                <span className="font-medium">
                  {lectureTitle}, {clock(from)} to {clock(to)}
                </span>
                <span className="block text-muted">{reason}</span>
              </li>
            ))}
          </ul>
        </Part>
      )}
    </Panel>
  )
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className="mt-6 border-t border-line pt-4">
    <h3 className="mb-2 text-sm font-semibold">{title}</h3>
    {children}
  </div>
)

type TileProps = { name: string; weeks: TwoWeeks; words?: (value: number) => string }
const Tile = ({ name, weeks, words = number }: TileProps) => (
  <div>
    <dt className="text-sm text-muted">{name}</dt>
    <dd className="mt-0.5">
      <span className="text-xl font-semibold tabular-nums">{words(weeks.week)}</span>{' '}
      <span className="text-sm text-muted tabular-nums">was {words(weeks.before)}</span>
    </dd>
  </div>
)

function NewAtRisk({ digest: { atRisk, newAtRisk, students } }: { digest: WeeklyDigest }) {
  const more = newAtRisk - students.length
  return (
    <Part title="Students at risk">
      <p className="text-sm">
        {count(atRisk, 'student')}, of whom {number(newAtRisk)} new since the week before.
      </p>
      {students.length > 0 && (
        <ul className="mt-3 space-y-2 text-sm">
          {students.map(({ userId, fullName = 'Somebody new', reasons }) => (
            <li key={userId}>
              <span className="font-medium">{fullName}</span>
              <span className="block text-muted">
                {reasons.map(({ explanation }) => explanation).join(' ')}
              </span>
            </li>
          ))}
        </ul>
      )}
      {students.length > 0 && more > 0 && <p className="mt-2 text-sm text-muted">And {number(more)} more.</p>}
    </Part>
  )
}
