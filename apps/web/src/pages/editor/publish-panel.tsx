import type { CourseOutline, CourseStatus } from '@aetherlearn/contracts/course/shapes'
import { ApiError } from '@aetherlearn/sdk/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { courses } from '../../api/clients.ts'
import { afterPublishing } from '../../api/queries.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { statusNames, statusTones } from '../../components/course-words.ts'
import { longDate } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { Schedule } from './schedule.tsx'

type Props = { course: CourseOutline }

const explain = ({ status, publishedVersion: version = 1 }: CourseOutline): string => {
  switch (status) {
    case 'draft':
      return 'Only those who work on it see this course. Publish it when every lecture has its video.'
    case 'in-review':
      return 'An administrator looks at it before students can see it.'
    case 'live':
      return `Students see version ${version}. What you change here stays yours until you publish it.`
    case 'unlisted':
      return `Whoever has its address sees version ${version}; the catalogue does not show it.`
    case 'archived':
      return `Students who were enrolled keep version ${version}; nobody new finds it.`
  }
}

/** Shows who sees the course, and changes that. */
export function PublishPanel({ course }: Props) {
  const mayPublish = course.role === 'owner' || course.role === 'editor'
  return (
    <section aria-labelledby="publishing" className="card space-y-4 p-6 lg:sticky lg:top-24">
      <div className="flex items-center justify-between">
        <h2 id="publishing" className="font-semibold">
          Publishing
        </h2>
        <span role="status">
          <Badge tone={statusTones[course.status]}>{statusNames[course.status]}</Badge>
        </span>
      </div>
      <p className="text-sm text-muted">{explain(course)}</p>
      {course.reviewReason !== undefined && course.status === 'draft' && (
        <p className="rounded-xl bg-warn-soft p-4 text-sm">Sent back by the review: {course.reviewReason}</p>
      )}
      {mayPublish && <PublishButtons course={course} />}
      {mayPublish && <Schedule course={course} />}
    </section>
  )
}

function PublishButtons({ course }: Props) {
  const queryClient = useQueryClient()
  const params = { courseId: course._id }
  const publish = useMutation({
    mutationFn: () => courses.publish({ params, body: {} }),
    onSuccess: () => afterPublishing(queryClient, course._id),
  })
  const { status, hasUnpublishedChanges } = course
  const isOut = status === 'live' || status === 'unlisted'
  const needsReview = publish.error instanceof ApiError && publish.error.code === 'REVIEW_REQUIRED'
  return (
    <>
      <Button className="w-full" busy={publish.isPending} onClick={() => publish.mutate()}>
        {isOut ? 'Publish changes' : 'Publish'}
      </Button>
      {isOut && hasUnpublishedChanges && (
        <p className="text-sm text-muted">The draft has changes that students do not see yet.</p>
      )}
      {publish.isSuccess && isOut && !hasUnpublishedChanges && (
        <p role="status" className="flex items-center gap-2 text-sm text-good">
          <Icon name="check" className="size-4" /> Published {longDate(publish.data.publishedAt)}
        </p>
      )}
      <StatusButtons course={course} needsReview={needsReview} />
      {publish.error && <Refusal error={publish.error} />}
    </>
  )
}

function StatusButtons({ course, needsReview }: Props & { needsReview: boolean }) {
  const queryClient = useQueryClient()
  const params = { courseId: course._id }
  const change = useMutation({
    mutationFn: (status: CourseStatus) => courses.changeStatus({ params, body: { status } }),
    onSuccess: () => afterPublishing(queryClient, course._id),
  })
  const { status } = course
  const to = (target: CourseStatus) => ({
    busy: change.isPending && change.variables === target,
    onClick: () => change.mutate(target),
  })
  return (
    <>
      {needsReview && (
        <Button look="secondary" className="w-full" {...to('in-review')}>
          Submit for review
        </Button>
      )}
      {(status === 'live' || status === 'unlisted') && (
        <div className="flex flex-wrap gap-2 *:flex-1">
          <Button look="secondary" size="small" {...to(status === 'live' ? 'unlisted' : 'live')}>
            {status === 'live' ? 'Unlist' : 'List'}
          </Button>
          <Button look="secondary" size="small" {...to('archived')}>
            Archive
          </Button>
          <Button look="danger" size="small" {...to('draft')}>
            Unpublish
          </Button>
        </div>
      )}
      {change.error && <Problem error={change.error} />}
    </>
  )
}

/** What is missing, as a list to work through. */
function Refusal({ error }: { error: Error }) {
  const missing =
    error instanceof ApiError && error.code === 'COURSE_NOT_PUBLISHABLE' ? error.problem.errors : undefined
  if (missing === undefined || missing.length === 0) return <Problem error={error} />
  return (
    <div role="alert" className="rounded-xl bg-warn-soft p-4 text-sm">
      <p className="font-semibold text-warn">Before you can publish</p>
      <ul className="mt-2 list-disc space-y-1 pl-5">
        {missing.map(({ field, message }) => (
          <li key={field + message}>{message}</li>
        ))}
      </ul>
    </div>
  )
}
