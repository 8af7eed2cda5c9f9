import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { Badge } from '../../components/badge.tsx'
import { decimal } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { FilePicker } from './file-picker.tsx'

type Props = { lecture: Lecture; percent: number | undefined }

/** What there is to know of a lecture's video once its file has arrived. */
export function VideoState({ lecture, percent }: Props) {
  const { status, failure, loudness } = lecture
  if (status === 'PROCESSING') return <Processing title={lecture.lectureTitle} percent={percent} />
  if (status === 'FAILED' && failure !== undefined) return <Failed lecture={lecture} failure={failure} />
  if (status === 'READY' && loudness !== undefined) return <Sound loudness={loudness} />
  return null
}

const Processing = ({ title, percent }: { title: string; percent: number | undefined }) => (
  <div className="mt-3 flex items-center gap-3">
    <ProgressBar label={`Processing of ${title}`} percent={percent} className="h-1.5 flex-1" />
    <span className="w-24 text-right text-sm text-muted tabular-nums">
      {percent === undefined ? 'Waiting…' : `${percent} % done`}
    </span>
  </div>
)

type FailedProps = { lecture: Lecture; failure: NonNullable<Lecture['failure']> }

const Failed = ({ lecture, failure }: FailedProps) => (
  <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg bg-bad-soft px-3 py-2.5 text-sm">
    <div className="min-w-0 flex-1 basis-60">
      <p>{failure.advice}</p>
      <p className="mt-0.5 text-xs text-muted">Reason: {failure.code}</p>
    </div>
    <FilePicker lecture={lecture} />
  </div>
)

const Sound = ({ loudness }: { loudness: NonNullable<Lecture['loudness']> }) => (
  <p className={`mt-2 flex gap-2 text-sm ${loudness.advice === undefined ? 'text-muted' : ''}`}>
    <Icon
      name={loudness.advice === undefined ? 'volume' : 'warning'}
      className={`mt-0.5 size-4 ${loudness.advice === undefined ? '' : 'text-warn'}`}
    />
    {loudness.advice ?? `The sound is as loud as it should be (${decimal(loudness.integratedLufs)} LUFS).`}
  </p>
)

export function StatusBadge({ status }: Pick<Lecture, 'status'>) {
  switch (status) {
    case 'AWAITING_MEDIA':
      return <Badge>Nothing yet</Badge>
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
