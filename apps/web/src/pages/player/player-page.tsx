import type { CourseOutline, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { useQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import { courseProgress, isDraft, playback } from '../../api/queries.ts'
import { useOutline } from '../../api/use-outline.ts'
import { Badge } from '../../components/badge.tsx'
import { useTitle } from '../../components/page.tsx'
import { PageProblem, Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Completion } from './completion.tsx'
import { Curriculum } from './curriculum.tsx'
import { EndCard } from './end-card.tsx'
import { chaptersOf, lessonAfter, lessonsOf } from './lessons.ts'
import { PlayerSkeleton } from './player-skeleton.tsx'
import { useCompletion } from './use-completion.ts'
import { VideoPlayer } from './video-player.tsx'

const route = getRouteApi('/learn/$courseId/$lectureId')

/** A lecture, and the course around it. */
export function PlayerPage() {
  const { courseId, lectureId } = route.useParams()
  const { course } = useOutline(courseId)
  if (course.isPending) return <PlayerSkeleton />
  if (course.isError) return <PageProblem error={course.error} onRetry={() => void course.refetch()} />
  return <Lecture key={lectureId} course={course.data} lectureId={lectureId} />
}

type Props = { course: CourseOutline | PublishedCourse; lectureId: string }

function Lecture({ course, lectureId }: Props) {
  const courseId = course._id
  const progress = useQuery({ ...courseProgress(courseId), enabled: !isDraft(course) })
  const completion = useCompletion({ courseId, lectureId })
  const lessons = lessonsOf(course)
  const title = lessons.find(({ _id }) => _id === lectureId)?.lectureTitle
  useTitle(title)
  const preview = isDraft(course)
  const completed = progress.data?.completedLectures.includes(lectureId) ?? false
  return (
    <div className="-mt-8 grid gap-6 sm:mt-0 lg:grid-cols-[1fr_21rem] lg:gap-8">
      <div className="min-w-0">
        <div className="-mx-4 sm:mx-0">
          <Screen
            courseId={courseId}
            lectureId={lectureId}
            title={title ?? 'Lecture'}
            preview={preview}
            stage={stageOf(course, lectureId)}
            onEnded={() => (completed || preview ? undefined : completion.mutate())}
            endCard={<EndCard courseId={courseId} next={lessonAfter(lessons, lectureId)} />}
          />
        </div>
        <div className="mt-5 flex flex-wrap items-start justify-between gap-4">
          <Heading course={course} title={title ?? 'Lecture'} />
          {preview ? (
            <Badge tone="accent">Preview of your draft</Badge>
          ) : (
            <Completion
              completed={completed}
              busy={completion.isPending}
              onComplete={() => completion.mutate()}
            />
          )}
        </div>
        {completion.error && <Problem error={completion.error} className="mt-4" />}
      </div>
      <Curriculum
        courseId={courseId}
        lectureId={lectureId}
        chapters={chaptersOf(course)}
        progress={progress.data}
      />
    </div>
  )
}

const Heading = ({ course, title }: Pick<Props, 'course'> & { title: string }) => (
  <div className="min-w-0">
    <Link
      to="/courses/$courseId"
      params={{ courseId: course._id }}
      className="text-sm text-muted hover:text-ink"
    >
      {course.title}
    </Link>
    <h1 className="mt-0.5 text-xl font-semibold tracking-tight sm:text-2xl">{title}</h1>
  </div>
)

/** Of a draft: while its video is being made, more of it comes to be played. */
function stageOf(course: Props['course'], lectureId: string) {
  if (!isDraft(course)) return undefined
  return course.sections.flatMap(({ lectures }) => lectures).find(({ _id }) => _id === lectureId)?.status
}

type ScreenProps = Omit<Parameters<typeof VideoPlayer>[0], 'playback' | 'onExpired'> & {
  stage: string | undefined
}

function Screen({ stage, ...props }: ScreenProps) {
  const found = useQuery(playback(props.lectureId, stage))
  if (found.isPending) return <Skeleton className="aspect-video sm:rounded-2xl" />
  if (found.isError) {
    return (
      <div className="grid aspect-video place-items-center bg-sunken p-6 sm:rounded-2xl">
        <Problem error={found.error} onRetry={() => void found.refetch()} />
      </div>
    )
  }
  return <VideoPlayer {...props} playback={found.data} onExpired={() => void found.refetch()} />
}
