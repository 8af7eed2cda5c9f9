import type { Lecture, LectureStatus } from '@aetherlearn/contracts/course/shapes'
import type { ChangeEvent } from 'react'
import { buttonClasses } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { startUpload } from './running-uploads.ts'

/** What the server takes; it looks at the bytes, this only helps to find the right file. */
const ACCEPT = 'video/mp4,video/quicktime,video/webm,video/x-matroska,.mkv,.mov'

const words: Record<LectureStatus, string> = {
  AWAITING_MEDIA: 'Upload video',
  PROCESSING: 'Replace video',
  READY: 'Replace video',
  FAILED: 'Upload again',
}

/** Opens the file dialog; the chosen file starts to upload at once. */
export function FilePicker({ lecture }: { lecture: Lecture }) {
  const replaces = lecture.status === 'READY' || lecture.status === 'PROCESSING'
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    // So that the same file can be chosen again.
    event.target.value = ''
    if (file !== undefined) void startUpload({ courseId: lecture.courseId, lectureId: lecture._id }, file)
  }
  return (
    <label
      data-button
      className={`${buttonClasses({ look: replaces ? 'ghost' : 'secondary', size: 'small' })}
        focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent`}
    >
      <Icon name="upload" className="size-4" />
      <span aria-hidden="true">{lecture.package === undefined ? words[lecture.status] : 'Use a video'}</span>
      <input
        type="file"
        accept={ACCEPT}
        aria-label={`Video for ${lecture.lectureTitle}`}
        className="sr-only"
        onChange={choose}
      />
    </label>
  )
}
