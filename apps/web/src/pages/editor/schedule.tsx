import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import type { FormEvent } from 'react'
import { courses } from '../../api/clients.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { longDate, timeOfDay } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { useEdit } from './use-edit.ts'

/** Publishing by itself at a moment to come. */
export function Schedule({ course }: { course: CourseOutline }) {
  const params = { courseId: course._id }
  const set = useEdit(course._id, (publishAt: string) => courses.schedule({ params, body: { publishAt } }))
  const cancel = useEdit(course._id, () => courses.unschedule({ params }))
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    // The field is in the time of the browser; what is sent names its moment.
    set.mutate(new Date(textOf(new FormData(event.currentTarget), 'publishAt')).toISOString())
  }
  const { publishAt, scheduleFailure } = course
  const error = set.error ?? cancel.error
  return (
    <div className="space-y-3 border-t border-line pt-4">
      {publishAt === undefined ? (
        <details>
          <summary className="text-sm font-medium">Publish later</summary>
          <form onSubmit={onSubmit} className="mt-3 space-y-3">
            <Field
              label="Publish at"
              name="publishAt"
              type="datetime-local"
              required
              error={fieldError(set.error, 'publishAt')}
            />
            <Button type="submit" look="secondary" className="w-full" busy={set.isPending}>
              Schedule
            </Button>
          </form>
        </details>
      ) : (
        <>
          <p className="text-sm">
            Published by itself on {longDate(publishAt)}, {timeOfDay(publishAt)}
          </p>
          <Button look="secondary" className="w-full" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Do not publish then
          </Button>
        </>
      )}
      {scheduleFailure !== undefined && (
        <p className="rounded-xl bg-warn-soft p-4 text-sm">
          On {longDate(scheduleFailure.publishAt)} it could not be published: {scheduleFailure.detail}
        </p>
      )}
      {error && <Problem error={error} />}
    </div>
  )
}
