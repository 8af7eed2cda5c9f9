import { courseApi } from '@aetherlearn/contracts/course'
import type { VideoRef } from '../captions/store.ts'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { playableOf, videoIn, type LectureMedia, type LecturePreview } from '../courses/rows.ts'
import { mediaFileRoutes, type FileDeps } from './file-routes.ts'
import { writeGrant } from './grant.ts'
import { CAPTIONS, MASTER } from './master.ts'
import { boundTo, seenLecture, type Seen, type SeenDeps } from './seen.ts'

export type MediaDeps = SeenDeps & FileDeps & { grantSeconds: number }

export function mediaRoutes(app: Server, deps: MediaDeps) {
  const { secret, grantSeconds } = deps
  const captionsUnder = async (grant: string, video: VideoRef) =>
    (await deps.captions.captionsOf({ lectureId: video.lectureId, uploadId: video.uploadId })).map(
      ({ language, label }) => ({
        language,
        label,
        url: `/api/v1/media/${grant}/${CAPTIONS}/${language}.vtt`,
      }),
    )
  app.route({
    ...courseApi.getPlayback,
    handler: async ({ caller, params: { lectureId } }) => {
      const seen = await seenLecture(deps, lectureId, caller, 'NOT_ENROLLED')
      const played = playedOf(seen)
      if (played === undefined) throw fail('LECTURE_NOT_READY')
      const { side, lecture } = seen
      const { folder, uploadId } = played
      const expires = Math.floor(Date.now() / 1000) + grantSeconds
      const bound = boundTo(side, String(lecture.courseId), caller.role)
      const files = { folder, lectureId, uploadId: String(uploadId) }
      const grant = writeGrant({ ...files, userId: caller.id, ...bound, expires }, secret)
      const durationSeconds = 'durationSeconds' in played ? played.durationSeconds : lecture.durationSeconds
      return {
        ...addresses(played, grant),
        captions: await captionsUnder(grant, files),
        durationSeconds: durationSeconds ?? 0,
        expiresAt: new Date(expires * 1000).toISOString(),
      }
    },
  })
  mediaFileRoutes(app, deps)
}

/** Students go on with the video that they were published, whatever the draft waits for. */
const playedOf = ({ side, lecture }: Seen) =>
  side === 'people' ? playableOf(lecture) : videoIn(lecture.media)

function addresses(played: LectureMedia | LecturePreview, grant: string) {
  const at = (name: string) => `/api/v1/media/${grant}/${name}`
  if (!('hls' in played)) return { hlsUrl: at(MASTER) }
  const { hls, video, poster, storyboard } = played
  return { hlsUrl: at(hls), videoUrl: at(video), posterUrl: at(poster), storyboardUrl: at(storyboard) }
}
