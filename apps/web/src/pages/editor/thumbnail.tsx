import { MAX_THUMBNAIL_BYTES } from '@aetherlearn/contracts/course/thumbnails'
import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import type { ChangeEvent } from 'react'
import { courses } from '../../api/clients.ts'
import { Button, buttonClasses } from '../../components/button.tsx'
import { CourseCover } from '../../components/course-cover.tsx'
import { bytes } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { useEdit } from './use-edit.ts'

/** The picture of a course, and the way to another. */
export function Thumbnail({ course }: { course: CourseOutline }) {
  const params = { courseId: course._id }
  const put = useEdit(course._id, async (file: File) =>
    courses.putThumbnail({
      params,
      raw: new Uint8Array(await file.arrayBuffer()),
      headers: { 'content-type': 'application/octet-stream' },
    }),
  )
  const remove = useEdit(course._id, () => courses.deleteThumbnail({ params }))
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    event.target.value = ''
    if (file !== undefined) put.mutate(file)
  }
  const error = put.error ?? remove.error
  return (
    <section aria-label="Picture" className="card flex flex-wrap items-center gap-5 p-5">
      <CourseCover
        courseId={course._id}
        {...(course.thumbnailUrl !== undefined && { thumbnailUrl: course.thumbnailUrl })}
        className="aspect-video max-w-56 rounded-lg"
      />
      <div className="min-w-48 flex-1 space-y-3">
        <p className="text-sm text-muted">
          JPEG, PNG, WebP or AVIF, at most {bytes(MAX_THUMBNAIL_BYTES)}. It is cut to 16:9; students see it
          with the next publish.
        </p>
        <div className="flex flex-wrap gap-2">
          <label
            data-button
            className={`${buttonClasses({ look: 'secondary', size: 'small' })} focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent`}
          >
            {put.isPending && <Spinner className="size-4" />}
            <span aria-hidden="true">Choose a picture</span>
            <input
              type="file"
              accept="image/jpeg,image/png,image/webp,image/avif"
              aria-label="Picture of the course"
              className="sr-only"
              onChange={choose}
            />
          </label>
          {course.thumbnailUrl !== undefined && (
            <Button look="ghost" size="small" busy={remove.isPending} onClick={() => remove.mutate()}>
              Remove picture
            </Button>
          )}
        </div>
        {error && <Problem error={error} />}
      </div>
    </section>
  )
}
