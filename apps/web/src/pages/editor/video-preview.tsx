import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { playback } from '../../api/queries.ts'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { VideoPlayer } from '../player/video-player.tsx'

/** The video in the row of its lecture, from its first rendition on. The browser keeps one of them open at a time. */
export function VideoPreview({ lecture }: { lecture: Lecture }) {
  const [open, setOpen] = useState(false)
  const isEarly = lecture.status === 'PROCESSING'
  return (
    <details
      name="video-preview"
      className="mt-3"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary className="inline-flex cursor-pointer items-center gap-1.5 rounded text-sm font-medium text-accent-ink hover:underline">
        <Icon name="play" filled className="size-4" />
        {isEarly ? 'The first version can be watched' : 'Watch the video'}
        <span className="sr-only"> of {lecture.lectureTitle}</span>
      </summary>
      {open && <Preview lecture={lecture} />}
    </details>
  )
}

function Preview({ lecture }: { lecture: Lecture }) {
  const { _id: lectureId, courseId, lectureTitle, status } = lecture
  const video = useRef<HTMLVideoElement>(null)
  const found = useQuery(playback(lectureId, status))
  return (
    <div className="mt-3 max-w-2xl">
      {found.isPending && <Skeleton className="aspect-video rounded-2xl" />}
      {found.isError && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data !== undefined && (
        <VideoPlayer
          video={video}
          courseId={courseId}
          lectureId={lectureId}
          title={lectureTitle}
          playback={found.data}
          preview
          onExpired={() => void found.refetch()}
          endCard={null}
        />
      )}
      {status === 'PROCESSING' && (
        <p className="mt-2 text-sm text-muted">
          A small picture for now: the larger ones join by themselves. Students see the video when it is ready
          and published.
        </p>
      )}
    </div>
  )
}
