import { useQuery } from '@tanstack/react-query'
import { heatmap, studentStats } from '../../api/queries.ts'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { dayIn } from '../../components/zone.ts'
import { YearGrid } from './year-grid.tsx'
import { yearOf } from './year.ts'

/** A year of learning in the days of where the student lives, one square a day. */
export function Heatmap() {
  const activity = useQuery(heatmap)
  const stats = useQuery(studentStats)
  return (
    <section aria-labelledby="activity" className="card p-5 sm:p-6">
      <h2 id="activity" className="font-semibold">
        Your year of learning
      </h2>
      {(activity.isPending || stats.isPending) && (
        <Loading what="your activity">
          <Skeleton className="mt-4 h-40" />
        </Loading>
      )}
      {activity.isError && (
        <Problem error={activity.error} onRetry={() => void activity.refetch()} className="mt-4" />
      )}
      {activity.data !== undefined && stats.data !== undefined && (
        <YearGrid cells={yearOf(activity.data, dayIn(stats.data.timeZone, new Date()))} />
      )}
    </section>
  )
}
