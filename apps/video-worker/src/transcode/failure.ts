import type { MediaFailure } from '@aetherlearn/contracts/course/shapes'

/** Faults of the file itself: trying again would end the same way. `%` stands for what the fault is about. */
export const failures = {
  UNREADABLE:
    'The file is damaged or not a video that we can read. Export it again as MP4 and upload the new file.',
  CUT_SHORT:
    'The file breaks off before its end: the recording, the export or a copy of it did not finish. Export it again and upload the new file.',
  ENCRYPTED: 'The file is protected against copying. Upload one without protection (DRM).',
  UNSUPPORTED_CODEC:
    'The file holds a format that we cannot read (%). Export it as MP4 with H.264 and AAC and upload the new file.',
  NO_VIDEO: 'The file holds no moving picture. Upload a file with a video track.',
  NO_DURATION: 'The file does not say how long it is. Export it again as MP4 and upload the new file.',
  PICTURE_TOO_LARGE: 'The picture is larger than 8K. Export it at 4K or less and upload the new file.',
  TOO_LONG: 'The video is longer than 12 hours. Cut it into parts and upload them as lectures of their own.',
  SOURCE_GONE:
    'The file is no longer where it was to be fetched from, or may not be read. Upload the video again.',
  SOURCE_REFUSED: 'We do not fetch videos from this address. Upload the video file itself.',
  SOURCE_TOO_LARGE:
    'The file is larger than we take. Export it with a lower bitrate and upload the new file.',
  OUTPUT_BROKEN:
    'Too much of the video is damaged or missing. Look whether your own copy plays to its end, export it again as MP4 and upload the new file.',
  ATTEMPTS_USED_UP:
    'The video could not be processed after several tries. Upload it again; if that fails too, contact support.',
} as const
export type FailureCode = keyof typeof failures

/** A fault that the instructor has to mend. Everything else that is thrown is tried again. */
export class VideoFault extends Error {
  readonly code: FailureCode
  readonly subject: string
  constructor(code: FailureCode, detail: string, subject = 'unknown') {
    super(`${code}: ${detail}`)
    this.name = 'VideoFault'
    this.code = code
    this.subject = subject
  }
  get failure(): MediaFailure {
    return { code: this.code, advice: failures[this.code].replace('%', () => this.subject) }
  }
}

/** ffmpeg says so before it takes the memory. */
const TOO_LARGE = /exceeds specified max pixel count|Picture size \d+x\d+ is invalid/
const NO_DECODER = /Decoder \(codec ([\w-]+)\) not found/

/** What ffmpeg ended badly for, by its own words. */
export function faultIn(errors: string): VideoFault {
  if (TOO_LARGE.test(errors)) return new VideoFault('PICTURE_TOO_LARGE', errors)
  const [, codec] = NO_DECODER.exec(errors) ?? []
  if (codec !== undefined) return new VideoFault('UNSUPPORTED_CODEC', errors, codec)
  return new VideoFault('UNREADABLE', errors)
}
