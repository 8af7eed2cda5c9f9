import { useQuery } from '@tanstack/react-query'
import { Navigate, getRouteApi } from '@tanstack/react-router'
import { courseProgress, outline } from '../../api/queries.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { PageProblem } from '../../components/problem.tsx'
import { lessonToResume, lessonsOf } from './lessons.ts'
import { PlayerSkeleton } from './player-skeleton.tsx'

const route = getRouteApi('/learn/$courseId')

/** Opens a course at the lecture to go on with. */
export function ResumePage() {
  const { courseId } = route.useParams()
  const course = useQuery(outline(courseId))
  const progress = useQuery({ ...courseProgress(courseId), retry: false })
  if (course.isError) return <PageProblem error={course.error} onRetry={() => void course.refetch()} />
  // Without progress the course can be opened all the same: at its beginning.
  if (course.isPending || progress.isPending) return <PlayerSkeleton />
  const lesson = lessonToResume(lessonsOf(course.data), progress.data)
  if (lesson === undefined) {
    return (
      <EmptyState icon="film" title="Nothing to watch yet">
        This course has no video that is ready.
      </EmptyState>
    )
  }
  return <Navigate to="/learn/$courseId/$lectureId" params={{ courseId, lectureId: lesson._id }} replace />
}
