import { mkdir } from 'node:fs/promises'
import { perSecond } from './frame-rate.ts'
import type { Part, Plan } from './plan.ts'
import { SILENCE_MS, limitOf } from './picture.ts'
import { runProgram, type Programs } from './run.ts'
import { SOUND } from './track.ts'
import { bitExact, filesOnly, quiet, words } from './words.ts'

/**
 * Packets of this much time after a part go with it. They lie in the order in which they are decoded, so that some of
 * the part's last frames come after frames which are shown later: at most 16 in H.264 and HEVC.
 */
const MARGIN_SECONDS = 5
const REORDERED_FRAMES = 16

export type CutJob = {
  programs: Programs
  input: { file: string; demuxer: string }
  /** Is written; one file is in it after each call. */
  folder: string
  signal: AbortSignal
}
/** A file of copied packets. Matroska carries nearly every codec; it is read by this demuxer. */
export const CUT_DEMUXER = 'matroska'

/**
 * The packets of one part, from a key frame on, with the times they have in the source. Nothing where the source cannot
 * be cut there: by a bad index, a gap in the picture, or a codec that Matroska does not carry.
 */
export async function cutPart(plan: Plan, part: Part, job: CutJob): Promise<string | undefined> {
  const rate = perSecond(plan.source.frameRate)
  const begin = part.from / rate
  const end = part.to === undefined ? undefined : part.to / rate
  const margin = Math.max(MARGIN_SECONDS, REORDERED_FRAMES / rate)
  const seek = part.from === 0 ? [] : ['-ss', begin.toFixed(6)]
  const until = end === undefined ? [] : ['-to', (end + margin).toFixed(6)]
  const file = `${job.folder}/${part.index}.mkv`
  if (!(await copyPackets(plan, job, seek, ['-map', '0:V:0', ...until, file]))) return undefined
  return (await reaches(job, file, { begin, end })) ? file : undefined
}

/** The packets of the sound, all of them. */
export async function cutSound(plan: Plan, job: CutJob): Promise<string | undefined> {
  const file = `${job.folder}/${SOUND}.mka`
  return (await copyPackets(plan, job, [], ['-map', `0:a:${plan.source.sound?.track ?? 0}`, file]))
    ? file
    : undefined
}

async function copyPackets(plan: Plan, job: CutJob, seek: string[], output: string[]): Promise<boolean> {
  const { programs, input, folder, signal } = job
  await mkdir(folder, { recursive: true })
  const [file = '', ...choice] = output.toReversed()
  const args = [
    ...[...quiet, ...words('-progress pipe:1'), ...filesOnly, ...words('-copyts -start_at_zero')],
    ...[...seek, '-f', input.demuxer, '-i', input.file, ...choice.toReversed()],
    // Sound may begin before zero, with what its decoder needs to swing in; moving it would put it late.
    ...[...words('-c copy -avoid_negative_ts disabled'), ...bitExact, '-f', CUT_DEMUXER, file],
  ]
  const { exitCode } = await runProgram(programs, 'ffmpeg', args, {
    ...{ signal, reads: [input.file], writes: folder, onLine: () => {} },
    ...{ limitMs: limitOf(plan.source.durationSeconds), silenceMs: SILENCE_MS },
  })
  return exitCode === 0
}

/** Whether a cut begins with a key frame at or before the part, and goes on to its end. */
async function reaches(
  { programs, signal }: CutJob,
  file: string,
  part: { begin: number; end?: number | undefined },
) {
  const shown: number[] = []
  let startsWithKey = false
  const show = words('-select_streams V:0 -show_entries packet=pts_time,flags -of csv=p=0')
  const { exitCode } = await runProgram(
    programs,
    'ffprobe',
    [...words('-v error'), ...filesOnly, '-f', CUT_DEMUXER, ...show, file],
    {
      ...{ signal, reads: [file], limitMs: limitOf(0), silenceMs: SILENCE_MS },
      onLine: (line) => {
        const [time = '', flags = ''] = line.split(',')
        if (shown.length === 0) startsWithKey = flags.startsWith('K')
        shown.push(Number(time))
      },
    },
  )
  const [first = Infinity] = shown
  const last = shown.reduce((latest, time) => Math.max(latest, time), -Infinity)
  // Matroska counts milliseconds.
  const isEarly = first <= part.begin + 0.001
  return exitCode === 0 && startsWithKey && isEarly && last >= (part.end ?? part.begin)
}
