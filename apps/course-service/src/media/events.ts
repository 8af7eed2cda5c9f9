import { lectureFailed, lectureReady, mediaFailed, mediaReady } from '@aetherlearn/contracts/media'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Live } from '@aetherlearn/service-kit/live'
import type { AssetStore } from '../assets/store.ts'
import type { LectureRow } from '../courses/rows.ts'
import type { CourseModels } from '../courses/store.ts'

type MediaEventDeps = { models: CourseModels; assets: AssetStore }

/**
 * What became of a video. Only the upload that the lecture waits for counts, once: a video that was replaced meanwhile
 * changes nothing.
 */
export function mediaEvents({ models: { Lectures }, assets }: MediaEventDeps, live: Live): EventHandler[] {
  return [
    on(mediaReady, async ({ lectureId, uploadId, instructorId, durationSeconds, ...made }, session) => {
      const { folder, hls, video, poster, storyboard } = made
      const media = { uploadId, folder, hls, video, poster, storyboard }
      const lecture = await Lectures.findOneAndUpdate(
        { _id: lectureId, uploadId, status: 'PROCESSING' },
        { $set: { status: 'READY', media, durationSeconds }, $unset: { failure: 1 } },
        { session, returnDocument: 'before' },
      ).lean<LectureRow>()
      if (lecture === null) {
        // Its files have just been made all the same. Where an earlier telling was heard, something refers to them.
        await assets.discard(uploadId, lectureId, instructorId, session)
        return undefined
      }
      await assets.release([lecture.media?.uploadId], session)
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
