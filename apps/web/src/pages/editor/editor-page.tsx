import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { getRouteApi } from '@tanstack/react-router'
import { isDraft } from '../../api/queries.ts'
import { ButtonLink } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { PageProblem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { AddSection } from './add-section.tsx'
import { PublishPanel } from './publish-panel.tsx'
import { SectionCard } from './section-card.tsx'
import { useOutline } from './use-outline.ts'

const route = getRouteApi('/teach/$courseId')

/** Where a course is made. */
export function EditorPage() {
  const { courseId } = route.useParams()
  const { course, percents } = useOutline(courseId)
  if (course.isPending) return <EditorSkeleton />
  if (course.isError) return <PageProblem error={course.error} onRetry={() => void course.refetch()} />
  if (!isDraft(course.data))
    return <PageProblem error={new Error('Only its instructor can edit this course')} />
  return <Editor course={course.data} percents={percents} />
}

type Props = { course: CourseOutline; percents: Record<string, number> }

const Editor = ({ course, percents }: Props) => (
  <Page
    title={course.title}
    lead={[course.category, course.subtitle].filter((part) => part !== '').join(' · ')}
    actions={
      <>
        {course.status === 'live' && (
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
    <div className="grid items-start gap-8 lg:grid-cols-[1fr_20rem]">
      <div className="min-w-0 space-y-6">
        {course.sections.length === 0 && (
          <EmptyState icon="plus" title="Start with a section">
            Sections group the lectures of a course: a chapter, a week, a topic.
          </EmptyState>
        )}
        {course.sections.map((section, index) => (
          <SectionCard
            key={section._id}
            courseId={course._id}
            section={section}
            number={index + 1}
            percents={percents}
          />
        ))}
        <AddSection courseId={course._id} />
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
