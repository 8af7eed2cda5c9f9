import type { Course } from '@aetherlearn/contracts/course/shapes'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { courses, exportedCourse } from '../../api/clients.ts'
import { catalogue, enrolled, taught } from '../../api/queries.ts'
import { ActionMenu } from '../../components/action-menu.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { count } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { saveFile } from '../../components/save-file.ts'
import { Spinner } from '../../components/spinner.tsx'
import { useUser } from '../../session/session.ts'

/** What can be done with a whole course. */
export function CourseActions({ course }: { course: Course }) {
  const [removing, setRemoving] = useState(false)
  const queryClient = useQueryClient()
  const isOwner = useUser()?.id === course.creator
  const params = { courseId: course._id }
  const duplicate = useMutation({
    mutationFn: () => courses.duplicateCourse({ params, body: {} }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: taught.queryKey }),
  })
  const exporting = useMutation({
    mutationFn: async () => saveFile(await exportedCourse(course._id), `${course.title}.zip`),
  })
  const error = duplicate.error ?? exporting.error
  return (
    <>
      {exporting.isPending && <Spinner className="size-4" />}
      <ActionMenu
        name={`Actions for ${course.title}`}
        actions={[
          { label: 'Duplicate', run: () => duplicate.mutate() },
          { label: 'Export', run: () => exporting.mutate() },
          isOwner ? { label: 'Delete course', danger: true, run: () => setRemoving(true) } : undefined,
        ]}
      />
      {error && <Problem error={error} className="w-full" />}
      {removing && <RemoveCourse course={course} onClose={() => setRemoving(false)} />}
    </>
  )
}

function RemoveCourse({ course, onClose }: { course: Course; onClose: () => void }) {
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: () => courses.removeCourse({ params: { courseId: course._id } }),
    onSuccess: async () => {
      onClose()
      await Promise.all(
        [taught, catalogue, enrolled].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })),
      )
    },
  })
  return (
    <Confirm
      title={`Delete “${course.title}”?`}
      confirm="Delete course"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      It disappears at once, for its students too: {count(course.totalLectures, 'lecture')} with all videos.
      This cannot be taken back.
    </Confirm>
  )
}
