import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { Button } from '../../components/button.tsx'
import { bytes } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { cancelUpload, pauseUpload, resumeUpload, type RunningUpload } from './running-uploads.ts'

type Props = { lecture: Lecture; upload: RunningUpload }

/** How much of the file has arrived, and what can be done about it. */
export function UploadStatus({ lecture, upload }: Props) {
  const { state, fileName, sentBytes, totalBytes, error } = upload
  const percent = Math.floor((sentBytes / Math.max(totalBytes, 1)) * 100)
  const id = lecture._id
  return (
    <div className="mt-3 space-y-3">
      <div className="flex items-center gap-3">
        <ProgressBar label={`Upload of ${lecture.lectureTitle}`} percent={percent} className="h-1.5 flex-1" />
        <span className="w-12 text-right text-sm text-muted tabular-nums">{percent} %</span>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
        <p className="min-w-0 truncate">
          {fileName} · {bytes(sentBytes)} of {bytes(totalBytes)}
          {state === 'paused' && ' · paused'}
        </p>
        <div className="flex gap-1">
          {state === 'sending' && (
            <Button look="ghost" size="small" onClick={() => pauseUpload(id)}>
              Pause
            </Button>
          )}
          {state !== 'sending' && (
            <>
              <Button look="ghost" size="small" onClick={() => cancelUpload(id)}>
                Cancel
              </Button>
              <Button look="secondary" size="small" onClick={() => resumeUpload(id)}>
                Resume
              </Button>
            </>
          )}
        </div>
      </div>
      {state === 'failed' && error !== undefined && <Problem error={error} />}
    </div>
  )
}
