import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { allProgress, courseProgress, enrolled } from '../../api/queries.ts'
import { ButtonLink } from '../../components/button.tsx'
import { CourseCard, cardLink } from '../../components/course-card.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { count } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { CardSkeletons } from '../../components/skeleton.tsx'
import { useSeen } from '../../components/use-seen.ts'
import { resumeOf } from './resume.ts'

/** How far each course is, and the way to where the student left it. */
export function MyCourses() {
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
  const percents = progress.data && new Map(progress.data.map((entry) => [entry.courseId, entry.progress]))
  return (
    <div className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
      {mine.data.map((course) => (
        <MyCourse key={course._id} course={course} percent={percents && (percents.get(course._id) ?? 0)} />
      ))}
    </div>
  )
}

/** Without a percentage for as long as it is not known. */
const MyCourse = ({ course, percent }: { course: PublishedCourse; percent: number | undefined }) => (
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
      <span>{percent !== undefined && `${percent} % complete`}</span>
      <span>{count(course.totalLectures, 'lecture')}</span>
    </p>
    <ResumeLink course={course} />
  </CourseCard>
)

/** Its room is kept while it is looked up, so that the page does not jump. */
function ResumeLink({ course }: { course: PublishedCourse }) {
  const { element, seen } = useSeen<HTMLDivElement>()
  const progress = useQuery({ ...courseProgress(course._id), enabled: seen })
  const resume = progress.data && resumeOf(course, progress.data)
  return (
    <div ref={element} className="mt-3 min-h-6">
      {resume !== undefined && (
        <Link
          to="/learn/$courseId/$lectureId"
          params={{ courseId: course._id, lectureId: resume.lectureId }}
          className="relative z-10 inline-flex max-w-full items-center gap-2 rounded font-medium text-accent-ink hover:underline"
        >
          <Icon name="play" filled className="size-3.5" />
          <span className="truncate">{resume.words}</span>
        </Link>
      )}
    </div>
  )
}
