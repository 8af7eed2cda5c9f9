import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import type { ChangeEvent } from 'react'
import { courses } from '../../api/clients.ts'
import { buttonClasses } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { useEdit } from './use-edit.ts'

/** Sends a package whole; it is unpacked before the answer. */
export const usePackageUpload = ({ courseId, _id }: Lecture) =>
  useEdit(courseId, (file: File) =>
    courses.putPackage({
      params: { lectureId: _id },
      raw: file,
      headers: { 'content-type': 'application/zip' },
    }),
  )

type Props = { lecture: Lecture; onChoose: (file: File) => void }

/** Opens the file dialog; the chosen file is sent at once. */
export function PackagePicker({ lecture, onChoose }: Props) {
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    // So that the same file can be chosen again.
    event.target.value = ''
    if (file !== undefined) onChoose(file)
  }
  return (
    <label
      data-button
      title="SCORM 1.2, SCORM 2004 or cmi5, as a zip file"
      className={`${buttonClasses({ look: 'ghost', size: 'small' })}
        focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent`}
    >
      <Icon name="package" className="size-4" />
      <span aria-hidden="true">{wordsFor(lecture)}</span>
      <input
        type="file"
        accept=".zip,application/zip"
        aria-label={`Package for ${lecture.lectureTitle}`}
        className="sr-only"
        onChange={choose}
      />
    </label>
  )
}

function wordsFor({ status, package: held }: Lecture) {
  if (held !== undefined) return 'Replace package'
  return status === 'READY' ? 'Use a package' : 'Upload a package'
}
