import { Type, type Static } from 'typebox'
import { Loudness, MediaFailure } from './course/shapes.ts'
import { Id, OneOf, Seconds, event, job, socketMessage } from './shape.ts'

/** Containers we take, as the bytes say (not the file name, not the MIME header). */
export const containers = ['mp4', 'mov', 'matroska', 'webm'] as const
export type Container = (typeof containers)[number]

const VideoRef = { lectureId: Id, uploadId: Id }

/**
 * Source document 003 §5. Lecture, source and instructor are enough; the rest is what course-service knows besides of an
 * object of the store. Of a source elsewhere only `uploadId` counts.
 */
export const videoJob = job(
  'video-queue',
  Type.Object({
    lectureId: Id,
    /** Absent: the lecture's own id stands for it, so that a lecture has one video of this kind. */
    uploadId: Type.Optional(Id),
    /**
     * `object:` followed by a key of the object store, for example `object:raw/<uploadId>`, or the https address of a video
     * on a host that the worker fetches from.
     */
    rawVideoUrl: Type.String(),
    instructorId: Id,
    /** Absent: what the bytes say. */
    container: Type.Optional(OneOf(containers)),
    /** Absent: as many as there are, up to the worker's limit. */
    sizeBytes: Type.Optional(Type.Integer()),
    /** Of the whole source, in lower-case hex, where it is known. */
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  }),
)

const TrackBitrates = {
  /** Peak bits per second: that of the largest segment (RFC 8216 §4.3.4.2). */
  bandwidth: Type.Integer(),
  averageBandwidth: Type.Integer(),
  /** RFC 6381, for example `avc1.640028` or `mp4a.40.2`. */
  codecs: Type.String(),
}
/** One size of the picture. Its playlist is `<name>/index.m3u8`. */
export const Rendition = Type.Object({
  /** `720p`: the short side. */
  name: Type.String(),
  ...TrackBitrates,
  width: Type.Integer(),
  height: Type.Integer(),
  /** Frames per second. */
  frameRate: Type.Number(),
})
export type Rendition = Static<typeof Rendition>

/** The sound, shared by all renditions. Its playlist is `sound/index.m3u8`. */
export const SoundTrack = Type.Object({ ...TrackBitrates, channels: Type.Integer() })
export type SoundTrack = Static<typeof SoundTrack>

/**
 * When the first picture of `.ts` segments is shown, on their own clock. Picture and sound are decoded before it, each by as
 * much as its encoder needs; from 0 on, the muxer would put each of them later by another while. fMP4 begins at 0.
 */
export const TS_START_SECONDS = 1

/** What can be played. Keys of the object store lie under `folder`, which has no slash at its end. */
const Playable = {
  ...VideoRef,
  instructorId: Id,
  folder: Type.String(),
  durationSeconds: Seconds,
}

/** The smallest rendition is whole while the others are still being made. */
export const mediaPlayable = event(
  'media.playable',
  Type.Object({
    ...Playable,
    renditions: Type.Array(Rendition),
    /** Absent for a video without sound. */
    sound: Type.Optional(SoundTrack),
  }),
)

/** The video is in the object store. */
export const mediaReady = event(
  'media.ready',
  Type.Object({
    ...Playable,
    /** Names inside the folder. */
    hls: Type.String(),
    video: Type.String(),
    poster: Type.String(),
    storyboard: Type.String(),
    width: Type.Integer(),
    height: Type.Integer(),
    /** Largest first. Absent where the folder holds a master playlist of its own: videos made before this field. */
    renditions: Type.Optional(Type.Array(Rendition)),
    sound: Type.Optional(SoundTrack),
    loudness: Type.Optional(Loudness),
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
/** The smallest rendition of its video can be played. */
export const lecturePlayable = socketMessage('lecture.playable', Type.Object(LectureRef))
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
