import { useQuery } from '@tanstack/react-query'
import { studentStats } from '../../api/queries.ts'
import { count } from '../../components/format.ts'
import { Icon, type IconName } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'

type Stat = { icon: IconName; label: string; value: string }

/** Streaks and what has been finished. */
export function Stats() {
  const stats = useQuery(studentStats)
  if (stats.isError) return <Problem error={stats.error} onRetry={() => void stats.refetch()} />
  if (stats.isPending) {
    return (
      <Loading what="your streak">
        <Skeleton className="h-24" />
      </Loading>
    )
  }
  const { currentStreak, longestStreak, totalCompleted } = stats.data
  const tiles: Stat[] = [
    { icon: 'flame', label: 'Current streak', value: count(currentStreak, 'day') },
    { icon: 'chart', label: 'Longest streak', value: count(longestStreak, 'day') },
    { icon: 'check', label: 'Lectures completed', value: String(totalCompleted) },
  ]
  return (
    <dl className="grid gap-4 sm:grid-cols-3">
      {tiles.map(({ icon, label, value }) => (
        <div key={label} className="card flex items-center gap-4 p-5">
          <dt className="flex flex-1 items-center gap-3 text-sm text-muted">
            <span className="grid size-10 place-items-center rounded-xl bg-accent-soft text-accent-ink">
              <Icon name={icon} />
            </span>
            {label}
          </dt>
          <dd className="text-xl font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
