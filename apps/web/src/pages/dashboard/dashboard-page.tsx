import { useQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import { outline } from '../../api/queries.ts'
import { useDashboardLive } from '../../api/use-dashboard-live.ts'
import { ButtonLink } from '../../components/button.tsx'
import { Page } from '../../components/page.tsx'
import { inlineLink } from '../sign-in/account-form.tsx'
import { Overview } from './overview.tsx'

const route = getRouteApi('/teach/$courseId/dashboard')

/** What is known of how a course is used. */
export function DashboardPage() {
  const { courseId } = route.useParams()
  const course = useQuery(outline(courseId))
  const live = useDashboardLive(courseId)
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
      <Overview courseId={courseId} live={live} />
    </Page>
  )
}
