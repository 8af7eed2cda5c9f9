import type { CourseOutline, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { useQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import { useRef, useState, type RefObject } from 'react'
import { useCompletionsLive } from '../../api/completion.ts'
import { courseProgress, isDraft } from '../../api/queries.ts'
import { useOutline } from '../../api/use-outline.ts'
import { Badge } from '../../components/badge.tsx'
import { useTitle } from '../../components/page.tsx'
import { PageProblem } from '../../components/problem.tsx'
import type { Notice } from './brief-notice.tsx'
import { EndCard } from './end-card.tsx'
import { LectureAside } from './lecture-aside.tsx'
import { lessonAfter, lessonsOf } from './lessons.ts'
import { PackageScreen } from './package-screen.tsx'
import { PlayerSkeleton } from './player-skeleton.tsx'
import { Screen } from './screen.tsx'
import { Standing } from './standing.tsx'

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
  const lecture = { courseId: course._id, lectureId }
  const video = useRef<HTMLVideoElement>(null)
  const [notice, setNotice] = useState<Notice>()
  const { seek, watch } = useSeek(video)
  const progress = useQuery({ ...courseProgress(course._id), enabled: !isDraft(course) })
  const lessons = lessonsOf(course)
  const lesson = lessons.find(({ _id }) => _id === lectureId)
  const title = lesson?.lectureTitle
  useTitle(title)
  useCompletionsLive()
  const preview = isDraft(course)
  return (
    <div className="-mt-8 grid gap-6 sm:mt-0 lg:grid-cols-[1fr_21rem] lg:gap-8">
      <div className="min-w-0">
        <Shown
          isPackage={lesson?.package !== undefined}
          video={video}
          {...lecture}
          title={title ?? 'Lecture'}
          preview={preview}
          stage={stageOf(course, lectureId)}
          endCard={<EndCard courseId={course._id} next={lessonAfter(lessons, lectureId)} />}
          notice={notice}
        />
        <div className="mt-5 flex flex-wrap items-start justify-between gap-4">
          <Heading course={course} title={title ?? 'Lecture'} />
          {preview ? (
            <Badge tone="accent">Preview of your draft</Badge>
          ) : (
            <Standing
              {...lecture}
              video={video}
              completed={progress.data?.completedLectures.includes(lectureId) ?? false}
              onWatch={watch}
            />
          )}
        </div>
      </div>
      <LectureAside
        course={course}
        lectureId={lectureId}
        progress={progress.data}
        video={video}
        onSeek={seek}
        onNotice={(words) => setNotice({ words, atMs: Date.now() })}
      />
    </div>
  )
}

const Shown = ({ isPackage, ...screen }: Parameters<typeof Screen>[0] & { isPackage: boolean }) => (
  <div className="-mx-4 sm:mx-0">{isPackage ? <PackageScreen {...screen} /> : <Screen {...screen} />}</div>
)

const useSeek = (video: RefObject<HTMLVideoElement | null>) => {
  const seek = (second: number) => {
    if (video.current === null) return
    video.current.currentTime = second
    video.current.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }
  const watch = (second: number) => {
    seek(second)
    // The browser may want a click on the player first; the video stands at the right second then.
    video.current?.play().catch(() => undefined)
  }
  return { seek, watch }
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

/** Of a draft: how far its video is. */
function stageOf(course: Props['course'], lectureId: string) {
  if (!isDraft(course)) return undefined
  return course.sections.flatMap(({ lectures }) => lectures).find(({ _id }) => _id === lectureId)?.status
}
