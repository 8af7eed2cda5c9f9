import type { CourseVersion } from '@aetherlearn/contracts/course/publishing'
import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { courses } from '../../api/clients.ts'
import { diff, versions } from '../../api/queries.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, duration, longDate, timeOfDay } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Changes } from './changes.tsx'
import { useEdit } from './use-edit.ts'

/** What was published and when, and what the draft would change. */
export function History({ course }: { course: CourseOutline }) {
  const found = useQuery(versions(course._id))
  if (found.isPending) return <Skeleton className="h-48" />
  if (found.isError) return <Problem error={found.error} onRetry={() => void found.refetch()} />
  if (found.data.length === 0) {
    return (
      <EmptyState icon="film" title="Nothing published yet">
        Each publish is kept here, to look at and to go back to.
      </EmptyState>
    )
  }
  return (
    <div className="space-y-6">
      <Unpublished course={course} />
      <ol className="card divide-y divide-line" aria-label="Versions">
        {found.data.map((version) => (
          <VersionRow key={version.version} course={course} version={version} />
        ))}
      </ol>
    </div>
  )
}

function Unpublished({ course }: { course: CourseOutline }) {
  const changes = useQuery(diff(course._id))
  return (
    <section aria-labelledby="unpublished" className="card p-5">
      <h2 id="unpublished" className="mb-3 font-semibold">
        Not published yet
      </h2>
      {changes.isPending && <Skeleton className="h-12" />}
      {changes.isError && <Problem error={changes.error} onRetry={() => void changes.refetch()} />}
      {changes.data && <Changes diff={changes.data} none="The draft is what students see." />}
    </section>
  )
}

function VersionRow({ course, version }: { course: CourseOutline; version: CourseVersion }) {
  const [asking, setAsking] = useState(false)
  const queryClient = useQueryClient()
  const stop = () => setAsking(false)
  const { version: number, note, rolledBackFrom } = version
  const rollback = useEdit(
    course._id,
    async () => {
      await courses.rollback({ params: { courseId: course._id }, body: { version: number } })
      await Promise.all(
        [versions(course._id), diff(course._id)].map(({ queryKey }) =>
          queryClient.invalidateQueries({ queryKey }),
        ),
      )
    },
    stop,
  )
  const isCurrent = number === course.publishedVersion
  const mayPublish = course.role === 'owner' || course.role === 'editor'
  return (
    <li aria-label={`Version ${number}`} className="flex flex-wrap items-center gap-3 px-5 py-4">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex items-center gap-2 font-medium">
          Version {number} {isCurrent && <Badge tone="good">Current</Badge>}
        </p>
        <p className="text-sm text-muted">
          {longDate(version.publishedAt)}, {timeOfDay(version.publishedAt)} ·{' '}
          {count(version.totalLectures, 'lecture')}
          {version.durationSeconds > 0 && ` · ${duration(version.durationSeconds)}`}
        </p>
        {note !== undefined && <p className="mt-1 text-sm">{note}</p>}
        {rolledBackFrom !== undefined && (
          <p className="mt-1 text-sm text-muted">The content of version {rolledBackFrom} again</p>
        )}
      </div>
      {!isCurrent && mayPublish && (
        <Button look="secondary" size="small" onClick={() => setAsking(true)}>
          Go back to this
        </Button>
      )}
      {asking && (
        <Confirm
          title={`Show version ${number} again?`}
          confirm="Go back"
          busy={rollback.isPending}
          error={rollback.error}
          onConfirm={() => rollback.mutate()}
          onClose={stop}
        >
          Students see its content at once, as a new version. Your draft stays as it is.
        </Confirm>
      )}
    </li>
  )
}
