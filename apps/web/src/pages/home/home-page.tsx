import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { allProgress, enrolled } from '../../api/queries.ts'
import { ButtonLink } from '../../components/button.tsx'
import { CourseCard, cardLink } from '../../components/course-card.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { count } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { CardSkeletons } from '../../components/skeleton.tsx'
import { useUser } from '../../session/session.ts'
import { Heatmap } from './heatmap.tsx'
import { Stats } from './stats.tsx'

/** A student's own page. */
export function HomePage() {
  const firstName = useUser()?.fullName.split(' ')[0]
  return (
    <Page title="My learning" lead={`Good to see you, ${firstName}.`}>
      <div className="space-y-6">
        <Stats />
        <Heatmap />
      </div>
      <h2 className="mt-10 mb-4 text-lg font-semibold">My courses</h2>
      <MyCourses />
    </Page>
  )
}

function MyCourses() {
  const mine = useQuery(enrolled)
  const progress = useQuery(allProgress)
  if (mine.isPending) return <CardSkeletons what="your courses" amount={3} />
  if (mine.isError) return <Problem error={mine.error} onRetry={() => void mine.refetch()} />
  if (mine.data.length === 0) {
    return (
      <EmptyState icon="film" title="No courses yet" action={<ButtonLink to="/">Browse courses</ButtonLink>}>
        Enrol in a course and it will wait for you here, at the second where you left it.
      </EmptyState>
    )
  }
  const percents = new Map(progress.data?.map((entry) => [entry.courseId, entry.progress]))
  return (
    <div className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
      {mine.data.map((course) => (
        <MyCourse key={course._id} course={course} percent={percents.get(course._id) ?? 0} />
      ))}
    </div>
  )
}

const MyCourse = ({ course, percent }: { course: PublishedCourse; percent: number }) => (
  <CourseCard
    courseId={course._id}
    thumbnailUrl={course.thumbnailUrl}
    category={course.category}
    title={
      <Link to="/learn/$courseId" params={{ courseId: course._id }} className={cardLink}>
        {course.title}
      </Link>
    }
  >
    <ProgressBar label={`Progress in ${course.title}`} percent={percent} />
    <p className="mt-2 flex justify-between tabular-nums">
      <span>{percent} % complete</span>
      <span>{count(course.totalLectures, 'lecture')}</span>
    </p>
  </CourseCard>
)
