import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { analytics } from '../../api/clients.ts'
import { landing } from '../../api/queries.ts'
import { Badge } from '../../components/badge.tsx'
import { CourseCover } from '../../components/course-cover.tsx'
import { languageName, levelNames } from '../../components/course-words.ts'
import { count, duration, longDate } from '../../components/format.ts'
import { useTitle } from '../../components/page.tsx'
import { PageProblem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { useUser } from '../../session/session.ts'
import { Curriculum } from './curriculum.tsx'
import { EnrolPanel } from './enrol-panel.tsx'

const route = getRouteApi('/courses/$courseId')

/** What a course is about, for those who may take it. */
export function LandingPage() {
  const { courseId } = route.useParams()
  const course = useQuery(landing(courseId))
  useTitle(course.data?.title)
  useView(course.data?._id)
  if (course.isPending) return <LandingSkeleton />
  if (course.isError) return <PageProblem error={course.error} onRetry={() => void course.refetch()} />
  return (
    <div className="grid gap-8 lg:grid-cols-[1fr_22rem] lg:gap-12">
      <div className="min-w-0">
        <About course={course.data} />
        {course.data.description !== '' && <Description text={course.data.description} />}
        <Curriculum sections={course.data.sections} />
      </div>
      <aside className="row-start-1 lg:col-start-2" aria-label="Enrolment">
        <div className="card overflow-hidden lg:sticky lg:top-24">
          <CourseCover
            courseId={courseId}
            {...(course.data.thumbnailUrl !== undefined && { thumbnailUrl: course.data.thumbnailUrl })}
            className="aspect-video"
          />
          <EnrolPanel course={course.data} />
        </div>
      </aside>
    </div>
  )
}

/** Counts one view per visit of a signed-in person; React may run effects twice, a visit is one all the same. */
function useView(courseId: string | undefined) {
  const userId = useUser()?.id
  const counted = useRef<string>(undefined)
  useEffect(() => {
    const visit = `${userId} ${courseId}`
    if (userId === undefined || courseId === undefined || counted.current === visit) return
    counted.current = visit
    // A view that cannot be counted is not the visitor's trouble.
    analytics.trackView({ params: { courseId } }).catch(() => undefined)
  }, [userId, courseId])
}

const About = ({ course }: { course: PublishedCourse }) => (
  <header>
    <Badge tone="accent">{course.category}</Badge>
    <h1 className="mt-3 text-3xl font-semibold tracking-tight sm:text-4xl">{course.title}</h1>
    {course.subtitle !== '' && <p className="mt-3 text-lg text-muted">{course.subtitle}</p>}
    <p className="mt-4 text-sm text-muted">
      {count(course.totalLectures, 'lecture')} ·{' '}
      {course.durationSeconds > 0 && `${duration(course.durationSeconds)} of video · `}Updated{' '}
      {longDate(course.publishedAt)}
    </p>
    <p className="mt-1 text-sm text-muted">
      {levelNames[course.level]} · {languageName(course.language)}
    </p>
  </header>
)

/** Plain text: its line breaks are the author's. */
const Description = ({ text }: { text: string }) => (
  <section aria-labelledby="about" className="mt-8">
    <h2 id="about" className="text-lg font-semibold">
      About this course
    </h2>
    <p className="mt-3 leading-relaxed whitespace-pre-line">{text}</p>
  </section>
)

const LandingSkeleton = () => (
  <Loading what="the course">
    <div className="grid gap-8 lg:grid-cols-[1fr_22rem] lg:gap-12">
      <div className="space-y-4">
        <Skeleton className="h-5 w-24" />
        <Skeleton className="h-10 w-4/5" />
        <Skeleton className="h-5 w-3/5" />
        <Skeleton className="mt-10 h-64" />
      </div>
      <Skeleton className="h-72" />
    </div>
  </Loading>
)
