import { mkdir } from 'node:fs/promises'
import type { Loudness } from '@aetherlearn/contracts/course/shapes'
import { VideoFault } from './failure.ts'
import { AAC_LC } from './fragments.ts'
import { SILENCE_MS, collectTrack, limitOf, placesOf, segmentArgs, type Job } from './picture.ts'
import type { Plan } from './plan.ts'
import { runProgram } from './run.ts'
import type { SoundResult } from './track.ts'
import { bitExact, filesOnly, words } from './words.ts'

/** Name of the track and of its folder. */
export const SOUND = 'sound'
const BITRATE = 128_000
const CHANNELS = 2

/** The sound of the whole length at once, so that it has no seams: stereo, from the first second on. */
export async function encodeSound(plan: Plan, job: Job): Promise<SoundResult> {
  const { programs, folder, claim } = job
  await mkdir(`${folder}/${claim}`, { recursive: true })
  const { exitCode, errors } = await runProgram(programs, 'ffmpeg', soundArgs(plan, job), {
    ...placesOf(job),
    limitMs: limitOf(plan.source.durationSeconds),
    silenceMs: SILENCE_MS,
    onLine: () => {},
  })
  if (exitCode !== 0) throw new VideoFault('UNREADABLE', errors)
  const track = await collectTrack(plan, SOUND, job, 0)
  return { track: { ...track, codecs: AAC_LC }, channels: CHANNELS, loudness: loudnessIn(errors) }
}

/** Silence stands where the source has none: before a sound that begins late, and in gaps. */
function soundArgs(plan: Plan, job: Job): string[] {
  const filters = [
    'aresample=48000:async=1:first_pts=0',
    'aformat=channel_layouts=stereo',
    'ebur128=peak=true:framelog=verbose',
  ]
  return [
    // The loudness is told at this level, at the end.
    ...words('-y -nostdin -hide_banner -loglevel info -nostats -progress pipe:1 -stats_period 0.5'),
    ...[...filesOnly, ...(job.input.isCut ? ['-copyts'] : []), '-f', job.input.demuxer, '-i', job.input.file],
    ...[
      '-map',
      '0:a:0',
      '-af',
      filters.join(','),
      '-c:a',
      'aac',
      '-b:a',
      `${BITRATE}`,
      '-ar',
      '48000',
      ...bitExact,
    ],
    ...segmentArgs(plan, SOUND, job, 0),
  ]
}

/** Reads the summary of ffmpeg's `ebur128`. */
export function loudnessIn(text: string): Loudness {
  const summary = text.slice(text.lastIndexOf('Summary:'))
  const value = (name: string) => {
    const found = Number(
      new RegExp(`${name}:\\s+(-?(?:[\\d.]+|inf))`).exec(summary)?.[1]?.replace('inf', 'Infinity'),
    )
    return Number.isFinite(found) ? found : QUIETEST
  }
  return { integratedLufs: value('I'), rangeLu: Math.max(0, value('LRA')), truePeakDbtp: value('Peak') }
}
/** EBU R128's absolute gate: nothing below it counts. */
const QUIETEST = -70
