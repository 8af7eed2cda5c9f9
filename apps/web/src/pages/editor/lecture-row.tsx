import type { CourseOutline, Lecture } from '@aetherlearn/contracts/course/shapes'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { courses } from '../../api/clients.ts'
import { Badge } from '../../components/badge.tsx'
import { clock } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { FilePicker } from './file-picker.tsx'
import { LectureActions } from './lecture-actions.tsx'
import { PackagePicker, usePackageUpload } from './package-picker.tsx'
import { PackageSending, PackageState } from './package-state.tsx'
import { RenameForm } from './rename-form.tsx'
import { useUpload } from './running-uploads.ts'
import { UploadStatus } from './upload-status.tsx'
import { VideoPreview } from './video-preview.tsx'
import { StatusBadge, VideoState } from './video-state.tsx'

type Props = { course: CourseOutline; lecture: Lecture; position: number; percent: number | undefined }

/** A lecture and how far its video or package is. */
export function LectureRow({ course, lecture, position, percent }: Props) {
  const [renaming, setRenaming] = useState(false)
  const upload = useUpload(lecture._id)
  const sent = usePackageUpload(lecture)
  const held = lecture.package
  // After a failure the button stands beside the advice.
  const isFree = upload === undefined && !sent.isPending
  const mayChoose = isFree && lecture.status !== 'FAILED'
  return (
    <li aria-label={lecture.lectureTitle} className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Icon name={held === undefined ? 'film' : 'package'} className="size-5 text-muted" />
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
        {isFree && <PackagePicker lecture={lecture} onChoose={sent.mutate} />}
        <LectureActions
          course={course}
          lecture={lecture}
          position={position}
          onRename={() => setRenaming(true)}
        />
      </div>
      {upload === undefined ? (
        <VideoState lecture={lecture} percent={percent} />
      ) : (
        <UploadStatus lecture={lecture} upload={upload} />
      )}
      {sent.isPending && <PackageSending lecture={lecture} />}
      {sent.error && <Problem error={sent.error} className="mt-3" />}
      {held !== undefined && <PackageState held={held} />}
      {lecture.isPlayable && <VideoPreview lecture={lecture} />}
    </li>
  )
}

const LectureTitle = ({ lecture }: Pick<Props, 'lecture'>) => (
  <div className="min-w-0 flex-1 basis-40">
    <p className="truncate font-medium">
      {lecture.status === 'READY' ? <PreviewLink lecture={lecture} /> : lecture.lectureTitle}
    </p>
    {lecture.status === 'READY' && lecture.durationSeconds !== undefined && (
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
    title={lecture.package === undefined ? 'Watch the video' : 'Open the package'}
  >
    {lecture.lectureTitle}
  </Link>
)
