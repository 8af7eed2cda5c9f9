import type { Playback } from '@aetherlearn/contracts/course/shapes'
import { useRef, type ReactNode, type RefObject } from 'react'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { TranscriptSearch } from '../../components/transcript-search.tsx'
import { BriefNotice, type Notice } from './brief-notice.tsx'
import { ControlBar } from './control-bar.tsx'
import { OfflineNotice } from './offline-notice.tsx'
import { OtherDevice } from './other-device.tsx'
import { ResumeNotice } from './resume-notice.tsx'
import { bringsTracks, useCaptions } from './use-captions.ts'
import { useCommands, type Commands } from './use-commands.ts'
import { useFreshLack } from './use-fresh-lack.ts'
import { useIdle } from './use-idle.ts'
import { useMedia } from './use-media.ts'
import { useReporter } from './use-reporter.ts'
import { useStream } from './use-stream.ts'
import { WatchedStrip } from './watched-strip.tsx'

type Props = {
  video: RefObject<HTMLVideoElement | null>
  courseId: string
  lectureId: string
  title: string
  playback: Playback
  /** The course's own instructor is looking: there is no position to keep. */
  preview: boolean
  onExpired: () => void
  /** Shown over the last picture. */
  endCard: ReactNode
  /** Said over the picture for a moment. */
  notice?: Notice | undefined
}

/** The player: a stream, its controls, and the student's position in it. */
export function VideoPlayer({ video, courseId, lectureId, title, preview, playback, ...rest }: Props) {
  const { endCard, notice, onExpired } = rest
  const frame = useRef<HTMLDivElement>(null)
  const media = useMedia(video)
  // Before the stream: when the player goes away its position is reported while the element still has one.
  const lecture = { courseId, lectureId, durationSeconds: playback.durationSeconds, preview }
  const { lack, onReported } = useFreshLack({ courseId, lectureId, preview, media })
  const { reporter, startAt, error, retry, unheard } = useReporter(video, lecture, onReported)
  // A stream that is loaded anew goes on where it was.
  const begin = startAt !== undefined && media.started && !media.ended ? media.time : startAt
  const stream = useStream(video, { playback, startAt: begin, onExpired })
  const captions = useCaptions(video, playback.captions)
  const command = useCommands({ video, frame, onToggleCaptions: captions.toggle })
  const idle = useIdle(frame, media.playing)
  const loading = error === undefined && !stream.failed && (startAt === undefined || media.waiting)
  return (
    <>
      <div
        ref={frame}
        role="region"
        aria-label={`Player: ${title}`}
        className={`relative aspect-video overflow-hidden bg-black text-white sm:rounded-2xl ${idle ? 'cursor-none' : ''}`}
      >
        <Picture video={video} title={title} playback={playback} command={command} />
        {loading && <Waiting />}
        {!media.started && startAt !== undefined && <BigPlay onPlay={() => command({ do: 'toggle-play' })} />}
        {media.ended && endCard}
        {startAt !== undefined && startAt > 0 && (
          <ResumeNotice key={lectureId} second={startAt} command={command} />
        )}
        <OtherDevice video={video} lectureId={lectureId} sessionId={reporter?.sessionId} />
        <BriefNotice notice={notice} />
        <ControlBar
          media={media}
          stream={stream}
          command={command}
          video={video}
          hidden={idle}
          captions={captions}
          playback={playback}
        />
        {(error !== undefined || stream.failed) && (
          <Failure error={error ?? unplayable} onRetry={error ? retry : onExpired} />
        )}
      </div>
      {!preview && <OfflineNotice unheard={unheard} />}
      {lack !== undefined && <WatchedStrip lack={lack} media={media} />}
      <Transcript lectureId={lectureId} video={video} playback={playback} />
    </>
  )
}

type PictureProps = Pick<Props, 'title' | 'playback'> & {
  video: RefObject<HTMLVideoElement | null>
  command: Commands
}

const Picture = ({ video, title, playback, command }: PictureProps) => (
  <video
    ref={video}
    className="size-full"
    poster={playback.posterUrl}
    playsInline
    preload="auto"
    aria-label={title}
    onClick={() => command({ do: 'toggle-play' })}
    onDoubleClick={() => command({ do: 'toggle-fullscreen' })}
  >
    {!bringsTracks &&
      playback.captions.map(({ language, label, url }) => (
        <track key={url} kind="captions" srcLang={language} label={label} src={url} />
      ))}
  </video>
)

type TranscriptProps = Pick<Props, 'lectureId' | 'playback'> & Pick<PictureProps, 'video'>

/** Below the picture: goes to where something is said. */
function Transcript({ lectureId, playback, video }: TranscriptProps) {
  if (playback.captions.length === 0) return null
  const seek = (seconds: number) => {
    if (video.current !== null) video.current.currentTime = seconds
  }
  return (
    <div className="mt-4 px-4 sm:px-0">
      <TranscriptSearch lectureId={lectureId} onSeek={seek} />
    </div>
  )
}

const unplayable = new Error('The video cannot be played right now.')

const Failure = ({ error, onRetry }: { error: Error; onRetry: () => void }) => (
  <div className="absolute inset-0 z-10 grid place-items-center bg-black/80 p-6 text-ink">
    <Problem error={error} onRetry={onRetry} />
  </div>
)

const Waiting = () => (
  <div
    role="status"
    aria-label="Loading the video"
    className="pointer-events-none absolute inset-0 grid place-items-center"
  >
    <Spinner className="size-12" />
  </div>
)

const BigPlay = ({ onPlay }: { onPlay: () => void }) => (
  <button
    type="button"
    aria-label="Play video"
    onClick={onPlay}
    className="group absolute inset-0 grid place-items-center bg-black/25 focus-visible:-outline-offset-4"
  >
    <span className="grid size-20 place-items-center rounded-full bg-white/95 text-[#181a22] shadow-xl transition-transform group-hover:scale-105">
      <Icon name="play" filled className="ml-1 size-9" />
    </span>
  </button>
)
