import type { Student } from '@aetherlearn/contracts/course/people'
import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { courses, progress } from '../../api/clients.ts'
import { courseEvidence } from '../../api/evidence.ts'
import { students } from '../../api/queries.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { duration, longDate } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { saveFile } from '../../components/save-file.ts'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { AddStudent } from './add-student.tsx'

/** Who is enrolled, the latest first. */
export function Students({ course }: { course: CourseOutline }) {
  const found = useInfiniteQuery(students(course._id))
  const hours = useQuery(courseEvidence(course._id))
  if (found.isPending) return <Skeleton className="h-48" />
  if (found.isError) return <Problem error={found.error} onRetry={() => void found.refetch()} />
  const all = found.data.pages.flatMap((page) => page.students)
  return (
    <div className="space-y-6">
      <AddStudent courseId={course._id} />
      {all.length === 0 ? (
        <EmptyState icon="people" title="No students yet">
          Those who enrol appear here, and those you add.
        </EmptyState>
      ) : (
        <ul className="card divide-y divide-line" aria-label="Students of the course">
          {all.map((student) => (
            <StudentRow
              key={student.userId}
              courseId={course._id}
              student={student}
              minutes={hours.data?.get(student.userId)}
            />
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button look="secondary" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          Show more
        </Button>
      )}
    </div>
  )
}

type RowProps = { courseId: string; student: Student; minutes: number | undefined }

function StudentRow({ courseId, student, minutes }: RowProps) {
  const queryClient = useQueryClient()
  const { userId, fullName = 'Somebody new', email = '', enrolledAt } = student
  const remove = useMutation({
    mutationFn: () => courses.removeStudent({ params: { courseId, userId } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: students(courseId).queryKey }),
  })
  return (
    <li className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-48">
          <span className="block truncate font-medium">{fullName}</span>
          <span className="block truncate text-sm text-muted">{email}</span>
        </p>
        <span className="text-sm text-muted">since {longDate(enrolledAt)}</span>
        {minutes !== undefined && (
          <LearningTime courseId={courseId} userId={userId} name={fullName} minutes={minutes} />
        )}
        <Button
          look="danger"
          size="small"
          aria-label={`Remove ${fullName}`}
          busy={remove.isPending}
          onClick={() => remove.mutate()}
        >
          Remove
        </Button>
      </div>
      {remove.error && <Problem error={remove.error} className="mt-3" />}
    </li>
  )
}

type TimeProps = { courseId: string; userId: string; name: string; minutes: number }

/** What is sealed of it, with the signed report behind. */
function LearningTime({ courseId, userId, name, minutes }: TimeProps) {
  const report = useMutation({
    mutationFn: async () => {
      const signed = await progress.getCourseEvidence({ params: { courseId, userId }, query: {} })
      const file = new Blob([JSON.stringify(signed, null, 2)], { type: 'application/json' })
      saveFile(file, `learning-time-${userId}.json`)
    },
  })
  return (
    <Button
      look="secondary"
      size="small"
      title="Download the signed report"
      aria-label={`Learning time of ${name}: ${duration(minutes * 60)}, download the signed report`}
      busy={report.isPending}
      onClick={() => report.mutate()}
    >
      <Icon name="download" className="size-4" />
      {report.isError ? 'Try again' : `${duration(minutes * 60)} learned`}
    </Button>
  )
}
