import { VideoFault } from './failure.ts'
import { secondsOf } from './playlist.ts'
import { perSecond } from './frame-rate.ts'
import { pictureSecondsOf, type Plan } from './plan.ts'
import { probe, type Source } from './probe.ts'
import type { Programs } from './run.ts'
import type { Tracks } from './whole.ts'

const DURATION_SHARE = 0.01
const DURATION_SLACK_SECONDS = 0.1
/** A container may count the time of the last frame or leave it out. */
const FRAMES_OF_SLACK = 2

const broken = (detail: string) => new VideoFault('OUTPUT_BROKEN', detail)

/** Whether a length is that of the source: within 1 %, a tenth of a second, or two frames. */
export function isWhole(seconds: number, source: Pick<Source, 'frameRate'>, wanted: number): boolean {
  const frames = FRAMES_OF_SLACK / perSecond(source.frameRate)
  const slack = Math.max(DURATION_SLACK_SECONDS, wanted * DURATION_SHARE, frames)
  return Math.abs(seconds - wanted) <= slack
}

/** ffmpeg ends well on files that it read only in part, so what counts is what it made. */
export async function checkVideo(
  programs: Programs,
  file: string,
  source: Source,
  signal: AbortSignal,
): Promise<Source> {
  const made = await probe(programs, file, 'mov', signal).catch((error: unknown) => {
    throw error instanceof VideoFault ? broken(error.message) : error
  })
  if ((made.sound === undefined) !== (source.sound === undefined)) throw broken('sound')
  const lengths = [
    [made.durationSeconds, source.durationSeconds],
    [made.pictureSeconds, source.pictureSeconds],
  ] as const
  for (const [seconds, wanted] of lengths) {
    if (seconds === undefined || wanted === undefined || isWhole(seconds, source, wanted)) continue
    throw broken(`${seconds} s of ${wanted} s`)
  }
  return made
}

/** Every rung is as long as the source's picture, and the sound is there. */
export function checkTracks({ source, ladder }: Plan, { pictures, sound }: Tracks): void {
  if (pictures.length !== ladder.length) throw broken(`${pictures.length} of ${ladder.length} rungs`)
  const wanted = pictureSecondsOf(source)
  for (const track of pictures) {
    if (!isWhole(secondsOf(track), source, wanted)) {
      throw broken(`${track.name} holds ${secondsOf(track)} s of ${wanted} s`)
    }
  }
  if (source.sound === undefined) return
  if (sound === undefined) throw broken('no sound')
  const { endSeconds } = source.sound
  const heard = secondsOf(sound.track)
  if (endSeconds !== undefined && !isWhole(heard, source, endSeconds)) {
    throw broken(`${heard} s of ${endSeconds} s of sound`)
  }
}
