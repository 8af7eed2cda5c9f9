import type { CourseOutline, Lecture } from '@aetherlearn/contracts/course/shapes'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { courses } from '../../api/clients.ts'
import { Badge } from '../../components/badge.tsx'
import { clock } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { FilePicker } from './file-picker.tsx'
import { LectureActions } from './lecture-actions.tsx'
import { RenameForm } from './rename-form.tsx'
import { useUpload } from './running-uploads.ts'
import { UploadStatus } from './upload-status.tsx'

type Props = { course: CourseOutline; lecture: Lecture; position: number; percent: number }

/** A lecture and how far its video is. */
export function LectureRow({ course, lecture, position, percent }: Props) {
  const [renaming, setRenaming] = useState(false)
  const upload = useUpload(lecture._id)
  const mayChoose = upload === undefined && lecture.status !== 'PROCESSING'
  return (
    <li aria-label={lecture.lectureTitle} className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Icon name="film" className="size-5 text-muted" />
        {renaming ? (
          <Rename lecture={lecture} onClose={() => setRenaming(false)} />
        ) : (
          <LectureTitle lecture={lecture} />
        )}
        <div role="status">
          {upload === undefined ? (
            <StatusBadge status={lecture.status} />
          ) : (
            <Badge tone="accent">Uploading</Badge>
          )}
        </div>
        {mayChoose && <FilePicker lecture={lecture} />}
        <LectureActions
          course={course}
          lecture={lecture}
          position={position}
          onRename={() => setRenaming(true)}
        />
      </div>
      {upload !== undefined && <UploadStatus lecture={lecture} upload={upload} />}
      {upload === undefined && lecture.status === 'PROCESSING' && (
        <Processing title={lecture.lectureTitle} percent={percent} />
      )}
      {upload === undefined && lecture.status === 'FAILED' && lecture.failure !== undefined && (
        <p className="mt-3 rounded-lg bg-bad-soft px-3 py-2 text-sm">{lecture.failure.advice}</p>
      )}
    </li>
  )
}

const LectureTitle = ({ lecture }: Pick<Props, 'lecture'>) => (
  <div className="min-w-0 flex-1 basis-40">
    <p className="truncate font-medium">
      {lecture.status === 'READY' ? <PreviewLink lecture={lecture} /> : lecture.lectureTitle}
    </p>
    {lecture.durationSeconds !== undefined && (
      <p className="text-sm text-muted tabular-nums">{clock(lecture.durationSeconds)}</p>
    )}
  </div>
)

const Rename = ({ lecture, onClose }: Pick<Props, 'lecture'> & { onClose: () => void }) => (
  <RenameForm
    courseId={lecture.courseId}
    label={`New title of ${lecture.lectureTitle}`}
    title={lecture.lectureTitle}
    rename={(lectureTitle) =>
      courses.changeLecture({
        params: { lectureId: lecture._id },
        body: { lectureTitle, revision: lecture.revision },
      })
    }
    onClose={onClose}
  />
)

const PreviewLink = ({ lecture }: Pick<Props, 'lecture'>) => (
  <Link
    to="/learn/$courseId/$lectureId"
    params={{ courseId: lecture.courseId, lectureId: lecture._id }}
    className="hover:text-accent-ink hover:underline"
    title="Watch the video"
  >
    {lecture.lectureTitle}
  </Link>
)

function StatusBadge({ status }: Pick<Lecture, 'status'>) {
  switch (status) {
    case 'AWAITING_MEDIA':
      return <Badge>No video yet</Badge>
    case 'PROCESSING':
      return (
        <Badge tone="warn">
          <Spinner className="size-3" /> Processing
        </Badge>
      )
    case 'READY':
      return (
        <Badge tone="good">
          <Icon name="check" className="size-3.5" /> Ready
        </Badge>
      )
    case 'FAILED':
      return (
        <Badge tone="bad">
          <Icon name="warning" className="size-3.5" /> Failed
        </Badge>
      )
  }
}

const Processing = ({ title, percent }: { title: string; percent: number }) => (
  <div className="mt-3 flex items-center gap-3">
    <ProgressBar label={`Processing of ${title}`} percent={percent} className="h-1.5 flex-1" />
    <span className="w-24 text-right text-sm text-muted tabular-nums">{percent} % done</span>
  </div>
)
