import type { CourseOutline, Lecture } from '@aetherlearn/contracts/course/shapes'
import { useState } from 'react'
import { courses } from '../../api/clients.ts'
import { ActionMenu } from '../../components/action-menu.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Problem } from '../../components/problem.tsx'
import { CaptionsDialog } from './captions-dialog.tsx'
import { RemovePackage } from './package-state.tsx'
import { useEdit } from './use-edit.ts'

type Props = { course: CourseOutline; lecture: Lecture; position: number; onRename: () => void }
type Place = { sectionId: string; position: number }

/** Captions belong to a video; while it is being made they can be sent as well. */
const hasVideo = ({ status, package: held }: Lecture) =>
  held === undefined && (status === 'READY' || status === 'PROCESSING')

/** Where a lecture can go, and its end. */
export function LectureActions({ course, lecture, position, onRename }: Props) {
  const [removing, setRemoving] = useState(false)
  const [captioning, setCaptioning] = useState(false)
  const [emptying, setEmptying] = useState(false)
  const params = { lectureId: lecture._id }
  const { sectionId, lectureTitle } = lecture
  const move = useEdit(course._id, (place: Place) => courses.moveLecture({ params, body: place }))
  const stop = () => setRemoving(false)
  const remove = useEdit(course._id, () => courses.deleteLecture({ params, query: {} }), stop)
  const siblings = course.sections.find(({ _id }) => _id === sectionId)?.lectures.length ?? 0
  const others = course.sections.filter(({ _id }) => _id !== sectionId)
  return (
    <>
      <ActionMenu
        name={`Actions for ${lectureTitle}`}
        actions={[
          { label: 'Rename', run: onRename },
          hasVideo(lecture) ? { label: 'Captions', run: () => setCaptioning(true) } : undefined,
          position > 0
            ? { label: 'Move up', run: () => move.mutate({ sectionId, position: position - 1 }) }
            : undefined,
          position < siblings - 1
            ? { label: 'Move down', run: () => move.mutate({ sectionId, position: position + 1 }) }
            : undefined,
          ...others.map((section) => ({
            label: `Move to “${section.sectionTitle}”`,
            run: () => move.mutate({ sectionId: section._id, position: section.lectures.length }),
          })),
          lecture.package === undefined
            ? undefined
            : { label: 'Remove package', danger: true, run: () => setEmptying(true) },
          { label: 'Delete lecture', danger: true, run: () => setRemoving(true) },
        ]}
      />
      {move.error && <Problem error={move.error} className="w-full" />}
      {captioning && <CaptionsDialog lecture={lecture} onClose={() => setCaptioning(false)} />}
      {emptying && <RemovePackage lecture={lecture} onClose={() => setEmptying(false)} />}
      {removing && (
        <Confirm
          title={`Delete “${lectureTitle}”?`}
          confirm="Delete lecture"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={stop}
        >
          It goes from the draft with its video or package. Students keep what is published until you publish
          again.
        </Confirm>
      )}
    </>
  )
}
