import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { ApiError } from '@aetherlearn/sdk/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { courses } from '../../api/clients.ts'
import { catalogue, landing, outline, taught } from '../../api/queries.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'

type Props = { course: CourseOutline }

/** Shows whether students see the course, and changes that. */
export function PublishPanel({ course }: Props) {
  const queryClient = useQueryClient()
  const params = { courseId: course._id }
  const onSuccess = () =>
    Promise.all(
      [outline(course._id), landing(course._id), catalogue, taught].map(({ queryKey }) =>
        queryClient.invalidateQueries({ queryKey }),
      ),
    )
  const publish = useMutation({ mutationFn: () => courses.publish({ params }), onSuccess })
  const withdraw = useMutation({ mutationFn: () => courses.unpublish({ params }), onSuccess })
  const live = course.status === 'live'
  return (
    <section aria-labelledby="publishing" className="card space-y-4 p-6 lg:sticky lg:top-24">
      <div className="flex items-center justify-between">
        <h2 id="publishing" className="font-semibold">
          Publishing
        </h2>
        <span role="status">{live ? <Badge tone="good">Live</Badge> : <Badge>Draft</Badge>}</span>
      </div>
      <p className="text-sm text-muted">
        {live
          ? `Students see version ${course.publishedVersion ?? 1}. What you change here stays yours until you publish it.`
          : 'Only you can see this course. Publish it when every lecture has its video.'}
      </p>
      <Button className="w-full" busy={publish.isPending} onClick={() => publish.mutate()}>
        {live ? 'Publish changes' : 'Publish'}
      </Button>
      {live && (
        <Button look="danger" className="w-full" busy={withdraw.isPending} onClick={() => withdraw.mutate()}>
          Unpublish
        </Button>
      )}
      {publish.isSuccess && live && (
        <p role="status" className="flex items-center gap-2 text-sm text-good">
          <Icon name="check" className="size-4" /> Published
        </p>
      )}
      {publish.error && <Refusal error={publish.error} />}
      {withdraw.error && <Problem error={withdraw.error} />}
    </section>
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
