import type { StudentStats } from '@aetherlearn/contracts/progress'
import { useQuery } from '@tanstack/react-query'
import { studentStats } from '../../api/queries.ts'
import { count } from '../../components/format.ts'
import { Icon, type IconName } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { dayIn } from '../../components/zone.ts'
import { freezeWords, streakWords } from './streak.ts'

/** The streak with what it means, and what has been finished. */
export function Stats() {
  const stats = useQuery(studentStats)
  if (stats.isError) return <Problem error={stats.error} onRetry={() => void stats.refetch()} />
  if (stats.isPending) {
    return (
      <Loading what="your streak">
        <Skeleton className="h-32" />
      </Loading>
    )
  }
  const { longestStreak, totalCompleted, freezeDays } = stats.data
  return (
    <section
      aria-label="Your streak"
      className="card grid items-center gap-6 p-5 sm:p-6 lg:grid-cols-[1fr_auto]"
    >
      <Streak stats={stats.data} />
      <dl className="grid grid-cols-3 gap-3 border-t border-line pt-5 lg:gap-8 lg:border-t-0 lg:border-l lg:pt-0 lg:pl-8">
        <Figure icon="snow" label="Freeze days" value={String(freezeDays)} />
        <Figure icon="chart" label="Longest streak" value={count(longestStreak, 'day')} />
        <Figure icon="check" label="Lectures completed" value={String(totalCompleted)} />
      </dl>
    </section>
  )
}

const Streak = ({ stats }: { stats: StudentStats }) => (
  <div className="flex items-start gap-4 sm:items-center">
    <span
      className={`grid size-14 shrink-0 place-items-center rounded-2xl ${stats.currentStreak > 0 ? 'bg-warn-soft text-warn' : 'bg-sunken text-muted'}`}
    >
      <Icon name="flame" className="size-7" />
    </span>
    <div>
      <dl>
        <dt className="text-sm text-muted">Current streak</dt>
        <dd className="text-2xl font-semibold tracking-tight tabular-nums">
          {count(stats.currentStreak, 'day')}
        </dd>
      </dl>
      <p className="mt-1 max-w-prose text-sm text-muted">
        {streakWords(stats, dayIn(stats.timeZone, new Date()))} {freezeWords(stats)}
      </p>
    </div>
  </div>
)

type FigureProps = { icon: IconName; label: string; value: string }

const Figure = ({ icon, label, value }: FigureProps) => (
  <div className="flex flex-col-reverse justify-end">
    <dt className="flex gap-1.5 text-xs text-muted sm:text-sm">
      <Icon name={icon} className="mt-0.5 hidden size-4 sm:block" />
      {label}
    </dt>
    <dd className="text-lg font-semibold whitespace-nowrap tabular-nums">{value}</dd>
  </div>
)
