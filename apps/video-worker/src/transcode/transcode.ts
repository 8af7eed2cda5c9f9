import type { Container } from '@aetherlearn/contracts/media'
import { finishVideo, writePlaylists, type Finished, type Playable } from './finish.ts'
import { planOf, type Plan, type SegmentFormat } from './plan.ts'
import type { EncodeSettings, Job } from './picture.ts'
import { demuxers, probe } from './probe.ts'
import type { Programs } from './run.ts'
import { makeWhole } from './whole.ts'

export type TranscodeOptions = {
  programs: Programs
  settings: EncodeSettings
  input: string
  container: Container
  format: SegmentFormat
  /** Where the outputs go; empty before. */
  folder: string
  signal: AbortSignal
  /** Whole percent, growing. */
  onProgress: (percent: number) => void
  /** Files of the early rung and of the sound are in the folder, playlists included. */
  onPlayable?: (plan: Plan, early: Playable) => Promise<void>
}

/** Encoding is nearly all of the work; the rest is copying and pictures. */
export const ENCODING_PERCENT = 95

/**
 * A video file into streams, MP4, poster and storyboard, by this worker alone. Throws `VideoFault` for what only a new
 * file can mend.
 */
export async function transcode(options: TranscodeOptions): Promise<Finished> {
  const { programs, input, container, format, signal, onPlayable } = options
  const demuxer = demuxers[container]
  const source = await probe(programs, input, demuxer, signal)
  const plan = planOf(source, { format })
  return transcodeWhole(plan, {
    ...{ ...options, input: { file: input, demuxer, isCut: false } },
    onPlayable: async (early) => onPlayable?.(plan, early),
  })
}

export type WholeOptions = Omit<Job, 'claim'> & {
  /** Whole percent, growing. */
  onProgress: (percent: number) => void
  /** As above. */
  onPlayable: (early: Playable) => Promise<void>
}

/** The same for a file that was looked into; its plan has one part. */
export async function transcodeWhole(plan: Plan, options: WholeOptions): Promise<Finished> {
  const { programs, settings, input, folder, signal, onPlayable } = options
  const finishing = { programs, folder, signal }
  const job = { programs, settings, input, folder, signal }
  const tracks = await makeWhole(plan, job, {
    onShare: growing((share) => options.onProgress(Math.floor(share * ENCODING_PERCENT))),
    onPlayable: async (early) => onPlayable(await writePlaylists(plan, early, finishing)),
  })
  return finishVideo(plan, tracks, finishing)
}

/** Hands on only what is more than before, in whole percent. */
export function growing(tell: (share: number) => void) {
  let told = -1
  return (share: number) => {
    const percent = Math.floor(share * 100)
    if (percent <= told) return
    told = percent
    tell(share)
  }
}
