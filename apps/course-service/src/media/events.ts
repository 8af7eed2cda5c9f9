import { lectureFailed, lectureReady, mediaFailed, mediaReady } from '@aetherlearn/contracts/media'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Live } from '@aetherlearn/service-kit/live'
import type { CourseModels } from '../courses/store.ts'

/**
 * What became of a video. Only the upload that the lecture waits for counts, once: a video that was replaced meanwhile
 * changes nothing.
 */
export function mediaEvents({ Lectures }: CourseModels, live: Live): EventHandler[] {
  return [
    on(mediaReady, async ({ lectureId, uploadId, instructorId, durationSeconds, ...made }, session) => {
      const { folder, hls, video, poster, storyboard } = made
      const media = { uploadId, folder, hls, video, poster, storyboard }
      const lecture = await Lectures.findOneAndUpdate(
        { _id: lectureId, uploadId, status: 'PROCESSING' },
        { $set: { status: 'READY', media, durationSeconds }, $unset: { failure: 1 } },
        { session },
      )
      if (lecture === null) return undefined
      return async () => {
        await live.toUser(instructorId, lectureReady, { lectureId })
        await live.notify(instructorId, lectureReady, `“${lecture.lectureTitle}” is ready to play.`)
      }
    }),
    on(mediaFailed, async ({ lectureId, uploadId, instructorId, failure }, session) => {
      const lecture = await Lectures.findOneAndUpdate(
        { _id: lectureId, uploadId, status: 'PROCESSING' },
        { $set: { status: 'FAILED', failure } },
        { session },
      )
      if (lecture === null) return undefined
      return async () => {
        await live.toUser(instructorId, lectureFailed, { lectureId, failure })
        await live.notify(instructorId, lectureFailed, `“${lecture.lectureTitle}”: ${failure.advice}`)
      }
    }),
  ]
}
