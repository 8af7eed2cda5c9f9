import { videoIn, type LectureRow } from '../courses/rows.ts'
import type { Seen } from '../media/seen.ts'

/** The upload whose captions the course's people see and change: that of the video which is there, or being made. */
export function draftVideo({ status, uploadId, media }: LectureRow): string | undefined {
  const video = status === 'READY' ? videoIn(media)?.uploadId : status === 'PROCESSING' ? uploadId : undefined
  return video === undefined ? undefined : String(video)
}

/** The upload that its reader plays. */
export function videoSeen(seen: Seen): string | undefined {
  if (seen.side === 'people') return draftVideo(seen.lecture)
  const media = videoIn(seen.lecture.media)
  return media === undefined ? undefined : String(media.uploadId)
}
