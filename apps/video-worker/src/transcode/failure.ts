import type { MediaFailure } from '@aetherlearn/contracts/course/shapes'

/** Faults of the file itself: trying again would end the same way. */
export const failures = {
  UNREADABLE:
    'The file is damaged or not a video that we can read. Export it again as MP4 and upload the new file.',
  NO_VIDEO: 'The file holds no moving picture. Upload a file with a video track.',
  NO_DURATION: 'The file does not say how long it is. Export it again as MP4 and upload the new file.',
  PICTURE_TOO_LARGE: 'The picture is larger than 8K. Export it at 4K or less and upload the new file.',
  TOO_LONG: 'The video is longer than 12 hours. Cut it into parts and upload them as lectures of their own.',
  OUTPUT_BROKEN:
    'Part of the video could not be read to its end. Export it again as MP4 and upload the new file.',
  ATTEMPTS_USED_UP:
    'The video could not be processed after several tries. Upload it again; if that fails too, contact support.',
} as const
export type FailureCode = keyof typeof failures

/** A fault that the instructor has to mend. Everything else that is thrown is tried again. */
export class VideoFault extends Error {
  readonly code: FailureCode
  constructor(code: FailureCode, detail: string) {
    super(`${code}: ${detail}`)
    this.name = 'VideoFault'
    this.code = code
  }
  get failure(): MediaFailure {
    return { code: this.code, advice: failures[this.code] }
  }
}
