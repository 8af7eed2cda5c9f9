import { Type } from 'typebox'
import { MediaFailure } from './course/shapes.ts'
import { Id, OneOf, Seconds, event, job, socketMessage } from './shape.ts'

/** Containers we take, as the bytes say (not the file name, not the MIME header). */
export const containers = ['mp4', 'mov', 'matroska', 'webm'] as const
export type Container = (typeof containers)[number]

const VideoRef = { lectureId: Id, uploadId: Id }

/** Source document 003 §5, with what lets the worker publish once and pin the demuxer. */
export const videoJob = job(
  'video-queue',
  Type.Object({
    ...VideoRef,
    /** `object:` followed by a key of the object store, for example `object:raw/<uploadId>`. */
    rawVideoUrl: Type.String(),
    instructorId: Id,
    container: OneOf(containers),
    sizeBytes: Type.Integer(),
  }),
)

/** The video is in the object store. Keys lie under `folder`: `media/<lectureId>/<uploadId>/<attemptId>`. */
export const mediaReady = event(
  'media.ready',
  Type.Object({
    ...VideoRef,
    instructorId: Id,
    /** Key prefix, no slash at its end. */
    folder: Type.String(),
    /** Names inside the folder. */
    hls: Type.String(),
    video: Type.String(),
    poster: Type.String(),
    storyboard: Type.String(),
    durationSeconds: Seconds,
    width: Type.Integer(),
    height: Type.Integer(),
  }),
)
export const mediaFailed = event(
  'media.failed',
  Type.Object({ ...VideoRef, instructorId: Id, failure: MediaFailure }),
)

/** Nothing refers to this video any more: its files are being removed, and what is still being made of it is in vain. */
export const mediaDiscarded = event('media.discarded', Type.Object(VideoRef))

const LectureRef = { lectureId: Id }
/** Whole percent, never falling within one attempt. */
export const lectureProgress = socketMessage(
  'lecture.progress',
  Type.Object({ ...LectureRef, percent: Type.Integer({ minimum: 0, maximum: 100 }) }),
)
export const lectureReady = socketMessage('lecture.ready', Type.Object(LectureRef))
export const lectureFailed = socketMessage(
  'lecture.failed',
  Type.Object({ ...LectureRef, failure: MediaFailure }),
)
/** Source document 003 §5: something a person is told. `type` is the name of the message it goes with. */
export const notification = socketMessage(
  'notification',
  Type.Object({ type: Type.String(), message: Type.String() }),
)
