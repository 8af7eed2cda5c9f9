import { lectureFailed, lectureReady, mediaFailed, mediaReady } from '@aetherlearn/contracts/media'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Live } from '@aetherlearn/service-kit/live'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { AssetStore } from '../assets/store.ts'
import type { LectureRow } from '../courses/rows.ts'
import type { CourseModels } from '../courses/store.ts'

type MediaEventDeps = { models: CourseModels; assets: AssetStore }

/**
 * What became of a video. Only lectures that wait for it count, once: a video that was replaced meanwhile changes nothing.
 * Duplicates of a lecture wait for the same one.
 */
export function mediaEvents({ models, assets }: MediaEventDeps, live: Live): EventHandler[] {
  const { Lectures } = models
  const waitFor = async (uploadId: string, session: Session) => {
    const waiting = { uploadId, status: 'PROCESSING' as const }
    const lectures = await Lectures.find(waiting).session(session).lean<LectureRow[]>()
    return { waiting, lectures }
  }
  return [
    on(mediaReady, async ({ lectureId, uploadId, instructorId, durationSeconds, ...made }, session) => {
      const { folder, hls, video, poster, storyboard } = made
      const media = { uploadId, folder, hls, video, poster, storyboard }
      const { waiting, lectures } = await waitFor(uploadId, session)
      if (lectures.length === 0) {
        // Its files have just been made all the same. Where an earlier telling was heard, something refers to them.
        await assets.discard(uploadId, lectureId, instructorId, session)
        return undefined
      }
      const ready = {
        $set: { status: 'READY' as const, media, durationSeconds },
        $unset: { failure: 1 as const },
      }
      await Lectures.updateMany(waiting, ready, { session })
      const before = lectures.map((lecture) => lecture.media?.uploadId)
      await assets.release(before, session)
      return async () => {
        for (const { _id } of lectures)
          await live.toUser(instructorId, lectureReady, { lectureId: String(_id) })
        await live.notify(instructorId, lectureReady, `“${titleOf(lectures, lectureId)}” is ready to play.`)
      }
    }),
    on(mediaFailed, async ({ lectureId, uploadId, instructorId, failure }, session) => {
      const { waiting, lectures } = await waitFor(uploadId, session)
      if (lectures.length === 0) return undefined
      await Lectures.updateMany(waiting, { $set: { status: 'FAILED', failure } }, { session })
      return async () => {
        for (const { _id } of lectures) {
          await live.toUser(instructorId, lectureFailed, { lectureId: String(_id), failure })
        }
        await live.notify(instructorId, lectureFailed, `“${titleOf(lectures, lectureId)}”: ${failure.advice}`)
      }
    }),
  ]
}

/** That of the lecture for which it was uploaded, where it is still there. */
const titleOf = (lectures: LectureRow[], lectureId: string) =>
  (lectures.find(({ _id }) => String(_id) === lectureId) ?? lectures[0])?.lectureTitle ?? ''
