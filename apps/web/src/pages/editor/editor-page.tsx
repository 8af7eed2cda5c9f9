import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { useParams } from '@tanstack/react-router'
import { isDraft } from '../../api/queries.ts'
import { useOutline, type Percents } from '../../api/use-outline.ts'
import { ButtonLink } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { PageParts } from '../../components/page-parts.tsx'
import { NotFound, PageProblem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { Curriculum } from './curriculum.tsx'
import { Details } from './details.tsx'
import { History } from './history.tsx'
import { People } from './people.tsx'
import { PublishPanel } from './publish-panel.tsx'
import { Students } from './students.tsx'

const tabs = {
  curriculum: 'Curriculum',
  details: 'Details',
  people: 'People',
  students: 'Students',
  history: 'History',
} as const
type Tab = keyof typeof tabs
const isTab = (name: string): name is Tab => name in tabs

/** Where a course is made. */
export function EditorPage() {
  const { courseId = '', tab = 'curriculum' } = useParams({ strict: false })
  const { course, percents } = useOutline(courseId)
  if (!isTab(tab)) return <NotFound />
  if (course.isPending) return <EditorSkeleton />
  if (course.isError) return <PageProblem error={course.error} onRetry={() => void course.refetch()} />
  if (!isDraft(course.data))
    return <PageProblem error={new Error('Only those who work on it can edit this course')} />
  return <Editor course={course.data} percents={percents} tab={tab} />
}

type Props = { course: CourseOutline; percents: Percents; tab: Tab }

const Editor = ({ course, percents, tab }: Props) => (
  <Page
    title={course.title}
    lead={[course.category, course.subtitle].filter((part) => part !== '').join(' · ')}
    actions={
      <>
        {(course.status === 'live' || course.status === 'unlisted') && (
          <ButtonLink to="/courses/$courseId" params={{ courseId: course._id }} look="secondary">
            View course page
          </ButtonLink>
        )}
        <ButtonLink to="/teach/$courseId/dashboard" params={{ courseId: course._id }} look="secondary">
          <Icon name="chart" className="size-4" /> Dashboard
        </ButtonLink>
      </>
    }
  >
    <PageParts
      name="Parts of the course"
      parts={Object.entries(tabs).map(([name, title]) => ({
        title,
        to: name === 'curriculum' ? '/teach/$courseId' : '/teach/$courseId/$tab',
        params: { courseId: course._id, tab: name },
      }))}
    />
    <div className="grid items-start gap-8 lg:grid-cols-[1fr_20rem]">
      <div className="min-w-0">
        {tab === 'curriculum' && <Curriculum course={course} percents={percents} />}
        {tab === 'details' && <Details course={course} />}
        {tab === 'people' && <People course={course} />}
        {tab === 'students' && <Students course={course} />}
        {tab === 'history' && <History course={course} />}
      </div>
      <PublishPanel course={course} />
    </div>
  </Page>
)

const EditorSkeleton = () => (
  <Loading what="the course">
    <Skeleton className="h-9 w-72" />
    <div className="mt-8 grid gap-8 lg:grid-cols-[1fr_20rem]">
      <div className="space-y-6">
        <Skeleton className="h-48" />
        <Skeleton className="h-48" />
      </div>
      <Skeleton className="h-44" />
    </div>
  </Loading>
)
