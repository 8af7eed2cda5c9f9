import type { Course } from '@aetherlearn/contracts/course/shapes'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { taught } from '../../api/queries.ts'
import { Badge } from '../../components/badge.tsx'
import { ButtonLink } from '../../components/button.tsx'
import { CourseCover } from '../../components/course-cover.tsx'
import { statusNames, statusTones } from '../../components/course-words.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, longDate } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { CourseActions } from './course-actions.tsx'
import { CreateCourse } from './create-course.tsx'
import { ImportCourse } from './import-course.tsx'

/** The courses a person teaches, and the way to a new one. */
export const TeachPage = () => (
  <Page title="Teaching" lead="Your courses, from first draft to the numbers behind them.">
    <div className="grid items-start gap-8 lg:grid-cols-[1fr_22rem]">
      <TaughtCourses />
      <div className="space-y-6">
        <CreateCourse />
        <ImportCourse />
      </div>
    </div>
  </Page>
)

function TaughtCourses() {
  const courses = useQuery(taught)
  if (courses.isError) return <Problem error={courses.error} onRetry={() => void courses.refetch()} />
  if (courses.isPending) {
    return (
      <Loading what="your courses">
        <div className="space-y-4">
          <Skeleton className="h-28" />
          <Skeleton className="h-28" />
        </div>
      </Loading>
    )
  }
  if (courses.data.length === 0) {
    return (
      <EmptyState icon="film" title="Your first course starts here">
        Give it a title; sections, lectures and videos follow in the editor.
      </EmptyState>
    )
  }
  return (
    <ul className="space-y-4">
      {courses.data.map((course) => (
        <TaughtCourse key={course._id} course={course} />
      ))}
    </ul>
  )
}

const TaughtCourse = ({ course }: { course: Course }) => (
  <li className="card relative flex flex-wrap items-center gap-4 p-4 focus-within:ring-2 focus-within:ring-accent sm:flex-nowrap sm:gap-5">
    <CourseCover
      courseId={course._id}
      {...(course.thumbnailUrl !== undefined && { thumbnailUrl: course.thumbnailUrl })}
      className="hidden aspect-[16/10] max-w-32 rounded-lg sm:block"
    />
    <div className="min-w-0 flex-1 basis-60">
      <h2 className="truncate font-semibold">
        <Link
          to="/teach/$courseId"
          params={{ courseId: course._id }}
          className="outline-none after:absolute after:inset-0 hover:text-accent-ink"
        >
          {course.title}
        </Link>
      </h2>
      <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <Badge tone={statusTones[course.status]}>{statusNames[course.status]}</Badge>
        <span>{count(course.totalLectures, 'lecture')}</span>
        <span>Edited {longDate(course.updatedAt)}</span>
      </p>
    </div>
    <ButtonLink
      to="/teach/$courseId/dashboard"
      params={{ courseId: course._id }}
      look="secondary"
      size="small"
      className="relative"
      aria-label={`Dashboard of ${course.title}`}
    >
      <Icon name="chart" className="size-4" /> Dashboard
    </ButtonLink>
    {/* Above the link that covers the whole row. */}
    <div className="relative">
      <CourseActions course={course} />
    </div>
  </li>
)
