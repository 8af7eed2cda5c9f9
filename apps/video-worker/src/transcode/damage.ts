import { VideoFault } from './failure.ts'

/**
 * Of a damaged frame a decoder says one to three things, so that this lets pass a video of which about one frame in
 * fifty is damaged.
 */
const MAX_ERROR_SHARE = 0.05
/** As much damage as a viewer does not mind in a video of any length. */
const ERRORS_OF_SLACK = 20
const MAX_LOST_SHARE = 0.01
const LOST_OF_SLACK = 2

/** What ffmpeg is to say: everything on what it did, each line with its level, and repetitions too. */
export const logLevel = 'repeat+level+verbose'
const FAULT = /\[(?:error|fatal|panic)\]/
/** Said by the filter `fps` at its end. */
const FRAMES_IN = /\] (\d+) frames in, \d+ frames out/

/** Reads what one ffmpeg says while it works. */
export function readLog() {
  const log = { errorLines: 0, framesIn: 0 }
  const onLog = (line: string): boolean => {
    const [, frames] = FRAMES_IN.exec(line) ?? []
    if (frames !== undefined) log.framesIn = Number(frames)
    const isFault = FAULT.test(line)
    if (isFault) log.errorLines += 1
    // What is said before ffmpeg reads its arguments, by the sandbox for example, has no level.
    return isFault || !/\[(?:warning|info|verbose|debug)\]/.test(line)
  }
  return { log, onLog }
}

/** ffmpeg ends well on a source that it could read only in part; throws where that is too little to be shown. */
export function checkDamage(errorLines: number, pieces: number, errors: string): void {
  if (errorLines <= Math.max(ERRORS_OF_SLACK, pieces * MAX_ERROR_SHARE)) return
  throw new VideoFault('OUTPUT_BROKEN', `${errorLines} errors in ${pieces} pieces: ${errors}`)
}

/** Nearly all frames that the source has must have come out of its decoder. */
export function checkFrames(decoded: number, wanted: number | undefined): void {
  if (wanted === undefined || decoded >= wanted * (1 - MAX_LOST_SHARE) - LOST_OF_SLACK) return
  throw new VideoFault('OUTPUT_BROKEN', `${decoded} of ${wanted} frames could be read`)
}
