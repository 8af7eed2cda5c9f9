import { mkdir } from 'node:fs/promises'
import type { Loudness } from '@aetherlearn/contracts/course/shapes'
import { checkDamage, readLog } from './damage.ts'
import { faultIn } from './failure.ts'
import { lateOf } from './filters.ts'
import { AAC_LC } from './fragments.ts'
import { SILENCE_MS, collectTrack, limitOf, placesOf, segmentArgs, type Job } from './picture.ts'
import type { Plan } from './plan.ts'
import { runProgram } from './run.ts'
import { SOUND, type SoundResult } from './track.ts'
import { bitExact, filesOnly, words } from './words.ts'

const BITRATE = 128_000
const CHANNELS = 2
/** Of AAC; other codecs have about as many. */
const PACKETS_PER_SECOND = 47

/** The sound of the whole length at once, so that it has no seams: stereo, from the first second on. */
export async function encodeSound(plan: Plan, job: Job): Promise<SoundResult> {
  const { programs, folder, claim } = job
  await mkdir(`${folder}/${claim}`, { recursive: true })
  const { log, onLog } = readLog()
  const { exitCode, errors } = await runProgram(programs, 'ffmpeg', soundArgs(plan, job), {
    ...placesOf(job),
    limitMs: limitOf(plan.source.durationSeconds),
    silenceMs: SILENCE_MS,
    onLine: () => {},
    onLog: (line) => {
      onLog(line)
      return true
    },
  })
  if (exitCode !== 0) throw faultIn(errors)
  checkDamage(log.errorLines, plan.source.durationSeconds * PACKETS_PER_SECOND, errors)
  const track = await collectTrack(plan, SOUND, job, 0)
  return { track: { ...track, codecs: AAC_LC }, channels: CHANNELS, loudness: loudnessIn(errors) }
}

/**
 * Silence stands where the source has none: before a sound that begins late, and in gaps. Clocks that drift apart are
 * brought together by up to 1000 samples a second, which nobody hears, before they are 40 ms apart. Mixing down
 * surround sound never goes above full level.
 */
function soundArgs(plan: Plan, job: Job): string[] {
  const { channels = CHANNELS, track = 0 } = plan.source.sound ?? {}
  const clock = 'aresample=48000:async=1000:min_hard_comp=0.04:first_pts=0'
  const late = lateOf(plan.source)
  const filters = [
    ...(late === 0 ? [] : [`asetpts=PTS-(${late.toFixed(6)})/TB`]),
    // ffmpeg would make one channel quieter as it puts it on both sides.
    channels === 1 ? `${clock},pan=stereo|c0=c0|c1=c0` : `${clock}:rematrix_maxval=1:ocl=stereo`,
    'aformat=channel_layouts=stereo',
    'ebur128=peak=true:framelog=verbose',
    ...(plan.format === 'fmp4' ? promptly : []),
  ]
  return [
    // The loudness is told at this level, at the end.
    ...words('-y -nostdin -hide_banner -loglevel level+info -nostats -progress pipe:1 -stats_period 0.5'),
    ...[...filesOnly, ...(job.input.isCut ? ['-copyts'] : []), '-f', job.input.demuxer, '-i', job.input.file],
    ...[
      '-map',
      `0:a:${job.input.isCut ? 0 : track}`,
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

/**
 * ffmpeg's encoder begins with 1024 samples of its own, which a header of fMP4 would have to tell players to leave out.
 * They take the place of the first 1024 of the sound, so that all others are heard when they should be.
 */
const promptly = ['apad=whole_len=4096', 'atrim=start_sample=1024', 'asetpts=N/SR/TB']

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
