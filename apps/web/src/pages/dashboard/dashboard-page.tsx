import { useQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import { dashboard, outline } from '../../api/queries.ts'
import { ButtonLink } from '../../components/button.tsx'
import { timeOfDay } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { inlineLink } from '../sign-in/account-form.tsx'
import { Funnel } from './funnel.tsx'
import { OverviewTiles } from './overview-tiles.tsx'

const route = getRouteApi('/teach/$courseId/dashboard')

/** What students do with a course, as it happens. */
export function DashboardPage() {
  const { courseId } = route.useParams()
  const course = useQuery(outline(courseId))
  const numbers = useQuery(dashboard(courseId))
  return (
    <Page
      title="Dashboard"
      lead={
        <Link to="/teach/$courseId" params={{ courseId }} className={inlineLink}>
          {course.data?.title ?? 'Course'}
        </Link>
      }
      actions={
        <ButtonLink to="/teach/$courseId" params={{ courseId }} look="secondary">
          Edit course
        </ButtonLink>
      }
    >
      {numbers.isPending && <DashboardSkeleton />}
      {numbers.error && (
        <Problem error={numbers.error} onRetry={() => void numbers.refetch()} className="mb-6" />
      )}
      {numbers.data !== undefined && (
        <div className="space-y-8">
          <OverviewTiles overview={numbers.data.overview} />
          <Funnel steps={numbers.data.engagementFunnel} />
          <p className="flex items-center gap-2 text-sm text-muted">
            <span className="relative flex size-2" aria-hidden="true">
              <span className="absolute inline-flex size-full animate-ping rounded-full bg-good opacity-60" />
              <span className="relative inline-flex size-2 rounded-full bg-good" />
            </span>
            Live · as of {timeOfDay(numbers.data.overview.asOf)}, refreshed every 5 seconds
          </p>
        </div>
      )}
    </Page>
  )
}

const DashboardSkeleton = () => (
  <Loading what="the numbers">
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
      {Array.from({ length: 4 }, (_, index) => (
        <Skeleton key={index} className="h-36" />
      ))}
    </div>
    <Skeleton className="mt-8 h-72" />
  </Loading>
)
