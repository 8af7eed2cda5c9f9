import type { PackageStandard } from '@aetherlearn/contracts/course/packages'
import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { courses } from '../../api/clients.ts'
import { Confirm } from '../../components/dialog.tsx'
import { bytes, count } from '../../components/format.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { useEdit } from './use-edit.ts'

const names: Record<PackageStandard, string> = {
  'scorm-1.2': 'SCORM 1.2',
  'scorm-2004': 'SCORM 2004',
  cmi5: 'cmi5',
}

/** Of what kind the package is, and how much there is in it. */
export function PackageState({ held }: { held: NonNullable<Lecture['package']> }) {
  const { standard, title, itemCount, fileCount, sizeBytes } = held
  return (
    <p className="mt-2 text-sm text-muted">
      {names[standard]} package “{title}”: {count(itemCount, 'item')} in {count(fileCount, 'file')},{' '}
      {bytes(sizeBytes)}
    </p>
  )
}

/** How far it is nobody knows: it is sent, judged and unpacked in one go. */
export const PackageSending = ({ lecture }: { lecture: Lecture }) => (
  <div className="mt-3 flex items-center gap-3" role="status">
    <ProgressBar label={`Package of ${lecture.lectureTitle}`} percent={undefined} className="h-1.5 flex-1" />
    <span className="text-sm text-muted">Sent and unpacked…</span>
  </div>
)

type Props = { lecture: Lecture; onClose: () => void }

export function RemovePackage({ lecture, onClose }: Props) {
  const params = { lectureId: lecture._id }
  const remove = useEdit(lecture.courseId, () => courses.deletePackage({ params }), onClose)
  return (
    <Confirm
      title={`Remove the package of “${lecture.lectureTitle}”?`}
      confirm="Remove package"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      The lecture stays, without anything to open. Students keep what is published until you publish again.
    </Confirm>
  )
}
