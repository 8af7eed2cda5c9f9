import {
  lectureFailed,
  lecturePlayable,
  lectureReady,
  mediaFailed,
  mediaPlayable,
  mediaReady,
  type Rendition,
  type SoundTrack,
} from '@aetherlearn/contracts/media'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Live } from '@aetherlearn/service-kit/live'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { AssetStore, Ladder } from '../assets/store.ts'
import type { LectureRow } from '../courses/rows.ts'
import type { CourseModels } from '../courses/store.ts'

/** `grantSeconds`: how long somebody may go on playing a video that was replaced. */
type MediaEventDeps = { models: CourseModels; assets: AssetStore; grantSeconds: number }

/**
 * What became of a video. Only lectures that wait for it count, once: a video that was replaced meanwhile changes nothing.
 * Duplicates of a lecture wait for the same one.
 */
export const mediaEvents = (deps: MediaEventDeps, live: Live): EventHandler[] => [
  onPlayable(deps, live),
  onReady(deps, live),
  onFailed(deps, live),
]

async function waitingFor({ models: { Lectures } }: MediaEventDeps, uploadId: string, session: Session) {
  const waiting = { uploadId, status: 'PROCESSING' as const }
  const lectures = await Lectures.find(waiting).session(session).lean<LectureRow[]>()
  return { waiting, lectures }
}

const onPlayable = (deps: MediaEventDeps, live: Live) =>
  on(mediaPlayable, async ({ lectureId, uploadId, instructorId, ...made }, session) => {
    const { waiting, lectures } = await waitingFor(deps, uploadId, session)
    if (lectures.length === 0) return undefined
    const { folder, durationSeconds } = made
    const preview = { uploadId, folder, durationSeconds }
    await deps.models.Lectures.updateMany(waiting, { $set: { preview } }, { session })
    await deps.assets.offer(uploadId, ladderOf(made), session)
    // Another attempt has come as far as one before it: nobody needs to hear that again.
    const news = lectures.filter((lecture) => lecture.preview === undefined)
    if (news.length === 0) return undefined
    return async () => {
      for (const { _id } of news) await live.toUser(instructorId, lecturePlayable, { lectureId: String(_id) })
      const title = titleOf(news, lectureId)
      const message = `“${title}” can be watched by those who work on its course; larger pictures follow.`
      await live.notify(instructorId, lecturePlayable, message)
    }
  })

const onReady = (deps: MediaEventDeps, live: Live) =>
  on(mediaReady, async ({ lectureId, uploadId, instructorId, durationSeconds, ...made }, session) => {
    const { waiting, lectures } = await waitingFor(deps, uploadId, session)
    if (lectures.length === 0) {
      // Another producer's video, which goes by the id of its lecture: it is not for us to remove.
      if (uploadId === lectureId) return undefined
      // Its files have just been made all the same. Where an earlier telling was heard, something refers to them.
      await deps.assets.discard(uploadId, lectureId, instructorId, session)
      return undefined
    }
    const { folder, hls, video, poster, storyboard, loudness } = made
    const names = { folder, hls, video, poster, storyboard }
    const media = { uploadId, ...names, ...(loudness === undefined ? {} : { loudness }) }
    const ready = {
      $set: { status: 'READY' as const, media, durationSeconds },
      $unset: { failure: 1 as const, preview: 1 as const },
    }
    await deps.models.Lectures.updateMany(waiting, ready, { session })
    await deps.assets.offer(uploadId, ladderOf(made), session)
    const before = lectures.map((lecture) => lecture.media?.uploadId)
    await deps.assets.release(before, session, deps.grantSeconds)
    return async () => {
      for (const { _id } of lectures)
        await live.toUser(instructorId, lectureReady, { lectureId: String(_id) })
      await live.notify(instructorId, lectureReady, `“${titleOf(lectures, lectureId)}” is ready to play.`)
    }
  })

const onFailed = (deps: MediaEventDeps, live: Live) =>
  on(mediaFailed, async ({ lectureId, uploadId, instructorId, failure }, session) => {
    const { waiting, lectures } = await waitingFor(deps, uploadId, session)
    if (lectures.length === 0) return undefined
    const failed = { $set: { status: 'FAILED' as const, failure }, $unset: { preview: 1 as const } }
    await deps.models.Lectures.updateMany(waiting, failed, { session })
    return async () => {
      for (const { _id } of lectures) {
        await live.toUser(instructorId, lectureFailed, { lectureId: String(_id), failure })
      }
      await live.notify(instructorId, lectureFailed, `“${titleOf(lectures, lectureId)}”: ${failure.advice}`)
    }
  })

type Made = { folder: string; renditions?: Rendition[]; sound?: SoundTrack }
const ladderOf = ({ folder, renditions, sound }: Made): Ladder | undefined =>
  renditions === undefined ? undefined : { folder, renditions, ...(sound === undefined ? {} : { sound }) }

/** That of the lecture for which it was uploaded, where it is still there. */
const titleOf = (lectures: LectureRow[], lectureId: string) =>
  (lectures.find(({ _id }) => String(_id) === lectureId) ?? lectures[0])?.lectureTitle ?? ''
