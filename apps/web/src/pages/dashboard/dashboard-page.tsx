import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { isDraft, outline } from '../../api/queries.ts'
import { useDashboardLive } from '../../api/use-dashboard-live.ts'
import { ButtonLink } from '../../components/button.tsx'
import { Page } from '../../components/page.tsx'
import { PageParts } from '../../components/page-parts.tsx'
import { NotFound } from '../../components/problem.tsx'
import { inlineLink } from '../sign-in/account-form.tsx'
import { Compare } from './compare.tsx'
import { Digests } from './digests.tsx'
import { Integrations } from './integrations.tsx'
import { Lectures } from './lectures.tsx'
import { Overview } from './overview.tsx'
import { Students } from './students.tsx'

const views = {
  overview: 'Overview',
  compare: 'Compare',
  lectures: 'Lectures',
  students: 'Students',
  digests: 'Weekly digests',
  integrations: 'Integrations',
} as const
type View = keyof typeof views
const isView = (name: string): name is View => name in views

/** What is known of how a course is used. */
export function DashboardPage() {
  const { courseId = '', view = 'overview' } = useParams({ strict: false })
  const course = useQuery(outline(courseId))
  const live = useDashboardLive(courseId)
  if (!isView(view)) return <NotFound />
  const mayChange =
    course.data !== undefined && isDraft(course.data) && ['owner', 'editor'].includes(course.data.role)
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
      <Views courseId={courseId} mayChange={mayChange} />
      {view === 'overview' && <Overview courseId={courseId} live={live} />}
      {view === 'compare' && <Compare courseId={courseId} />}
      {view === 'lectures' && <Lectures courseId={courseId} live={live} />}
      {view === 'students' && <Students courseId={courseId} />}
      {view === 'digests' && <Digests courseId={courseId} />}
      {view === 'integrations' && <Integrations courseId={courseId} />}
    </Page>
  )
}

/** What is asked for on it is refused to those who may not change the course. */
const isShown = (view: string, mayChange: boolean) => mayChange || view !== 'integrations'

const Views = ({ courseId, mayChange }: { courseId: string; mayChange: boolean }) => (
  <PageParts
    name="Parts of the dashboard"
    parts={Object.entries(views)
      .filter(([view]) => isShown(view, mayChange))
      .map(([view, title]) => ({
        title,
        to: view === 'overview' ? '/teach/$courseId/dashboard' : '/teach/$courseId/dashboard/$view',
        params: { courseId, view },
      }))}
  />
)
