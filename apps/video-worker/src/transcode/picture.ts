import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { TS_START_SECONDS } from '@aetherlearn/contracts/media'
import { checkDamage, checkFrames, logLevel, readLog } from './damage.ts'
import { VideoFault, faultIn } from './failure.ts'
import { clockOf, finishOf, repairsOf } from './filters.ts'
import { moveSegment, takeHeader } from './fragments.ts'
import { perSecond } from './frame-rate.ts'
import type { Rung } from './ladder.ts'
import { parsePlaylist } from './playlist.ts'
import { rungsOf, segmentFormats, segmentFrames, type Part, type Plan, type RungSet } from './plan.ts'
import { MAX_PIXELS } from './probe.ts'
import { runProgram, type Programs } from './run.ts'
import type { PictureResult, Segment, Track } from './track.ts'
import { bitExact, filesOnly, quiet, words } from './words.ts'

/** ffmpeg is killed after this long without a sign of progress. */
export const SILENCE_MS = 60_000
/** Twenty times real time, and ten minutes for very short files. */
export const limitOf = (seconds: number) => 600_000 + seconds * 20_000

/** `nvenc` encodes on an NVIDIA card. */
export type Encoder = 'x264' | 'nvenc'
export type EncodeSettings = {
  encoder: Encoder
  /** Of x264. */
  preset: string
  threads: number
  /** Hears what the graphics card said when it could not. */
  onGpuFault: (errors: string) => void
}

export type Job = {
  programs: Programs
  settings: EncodeSettings
  /** A source, or packets that were copied from it for one part. */
  input: { file: string; demuxer: string; isCut: boolean }
  /** Holds the whole video. */
  folder: string
  /** Name of the folder in it that is written: another one for each try, so that no two ever write the same file. */
  claim: string
  signal: AbortSignal
}
export type PictureJob = Job & {
  part: Part
  set: RungSet
  /** Frames made so far. */
  onFrames: (frames: number) => void
}

/** The picture of one part in the rungs of one set, by one decode; without the graphics card where that fails. */
export async function encodePicture(plan: Plan, job: PictureJob): Promise<PictureResult> {
  const { part, set, settings } = job
  const rungs = rungsOf(plan, set)
  await mkdir(`${job.folder}/${job.claim}`, { recursive: true })
  let made = await runEncoder(plan, rungs, job)
  if (made.exitCode !== 0 && settings.encoder === 'nvenc') {
    settings.onGpuFault(made.errors)
    made = await runEncoder(plan, rungs, { ...job, settings: { ...settings, encoder: 'x264' } })
  }
  const { exitCode, errors, frames } = made
  if (exitCode !== 0) throw faultIn(errors)
  const wanted = part.to === undefined ? undefined : part.to - part.from
  if (frames === 0 || (wanted !== undefined && frames !== wanted)) {
    throw new VideoFault('OUTPUT_BROKEN', `${frames} of ${wanted ?? 'some'} frames of part ${part.index}`)
  }
  checkDamage(made.errorLines, made.framesIn, errors)
  if (!job.input.isCut) checkFrames(made.framesIn, plan.source.frames)
  return {
    frames,
    tracks: await Promise.all(rungs.map((rung) => collectTrack(plan, rung.name, job, part.from))),
  }
}

async function runEncoder(plan: Plan, rungs: Rung[], job: PictureJob) {
  let frames = 0
  const { log, onLog } = readLog()
  const result = await runProgram(job.programs, 'ffmpeg', pictureArgs(plan, rungs, job), {
    ...placesOf(job),
    limitMs: limitOf(plan.source.durationSeconds),
    silenceMs: SILENCE_MS,
    onLine: (line) => {
      const [, made] = /^frame=\s*(\d+)$/.exec(line) ?? []
      if (made === undefined) return
      frames = Number(made)
      job.onFrames(frames)
    },
    onLog,
  })
  return { ...result, ...log, frames }
}

export const placesOf = ({ input, folder, claim, signal }: Job) => ({
  ...{ signal, reads: [input.file], writes: `${folder}/${claim}` },
})

/** What ffmpeg wrote for one track, with its times moved to where the part begins. */
export async function collectTrack(plan: Plan, name: string, job: Job, fromFrame: number): Promise<Track> {
  const folder = `${job.folder}/${job.claim}`
  const list = parsePlaylist(await readFile(`${folder}/${name}.m3u8`, 'utf8'))
  await rm(`${folder}/${name}.m3u8`)
  const header = plan.format === 'fmp4' ? await takeHeader(`${folder}/${headerName(name)}`) : undefined
  const ticks = Math.round((fromFrame / perSecond(plan.source.frameRate)) * (header?.ticksPerSecond ?? 0))
  const segments: Segment[] = []
  for (const [i, file] of list.segments.entries()) {
    const path = `${folder}/${file}`
    if (header !== undefined) await moveSegment(path, ticks, fromFrame / segmentFrames(plan) + i + 1)
    const { size } = await stat(path)
    if (size === 0) throw new VideoFault('OUTPUT_BROKEN', `${path} is empty`)
    segments.push({ file: `${job.claim}/${file}`, seconds: list.seconds[i] ?? 0, bytes: size })
  }
  if (header === undefined) return { name, segments }
  const { codecs, sha256 } = header
  return { name, segments, codecs, header: { file: `${job.claim}/${headerName(name)}`, sha256 } }
}

const headerName = (name: string) => `${name}-init.mp4`

function pictureArgs(plan: Plan, rungs: Rung[], job: PictureJob): string[] {
  const { input, settings, part, set } = job
  return [
    ...quiet,
    ...[...words('-progress pipe:1 -stats_period 0.5 -nostats -loglevel'), logLevel],
    ...[...filesOnly, '-max_pixels', `${MAX_PIXELS}`, '-noautorotate', ...(input.isCut ? ['-copyts'] : [])],
    // Nobody sees that frames which no other frame refers to were not smoothed, once they are a third of their size.
    ...(set.name === 'first' ? words('-skip_loop_filter noref') : []),
    ...['-threads', `${settings.threads}`, '-f', input.demuxer, '-i', input.file],
    ...['-filter_complex', filterGraph(plan, rungs, part)],
    ...rungs.flatMap((rung, i) => [
      '-map',
      `[v${i}]`,
      ...encoderArgs(plan, rung, settings),
      ...segmentArgs(plan, rung.name, job, part.from),
    ]),
  ]
}

/** Constant frame rate first, so that a part can be cut out by the numbers of its frames. */
function filterGraph({ source }: Plan, rungs: Rung[], { from, to }: Part): string {
  const end = to === undefined ? '' : `:end_pts=${to}`
  const frames = [...clockOf(source, from), `trim=start_pts=${from}${end}`, `setpts=PTS-${from}`]
  // V: cover art is a video stream to ffmpeg, too.
  const chain = [`[0:V:0]${[...repairsOf(source), ...frames, ...finishOf(source)].join(',')}[s0]`]
  for (const [i, { width, height }] of rungs.entries()) {
    // Each rung is scaled from the next larger one: fewer pixels to look at.
    const scaled = `[s${i}]scale=${width}:${height}:out_range=tv,setsar=1,format=yuv420p`
    chain.push(i === rungs.length - 1 ? `${scaled}[v${i}]` : `${scaled},split[v${i}][s${i + 1}]`)
  }
  return chain.join(';')
}

function encoderArgs(
  { gopFrames }: Plan,
  { maxBitrate }: Rung,
  { encoder, preset, threads }: EncodeSettings,
) {
  const limits = ['-maxrate', `${maxBitrate}`, '-bufsize', `${maxBitrate * 2}`, '-g', `${gopFrames}`]
  const kind =
    encoder === 'nvenc'
      ? words('-c:v h264_nvenc -preset p4 -rc vbr -cq 24 -b:v 0 -no-scenecut 1 -forced-idr 1 -strict_gop 1')
      : [...words('-c:v libx264 -crf 23 -sc_threshold 0'), '-preset', preset, '-keyint_min', `${gopFrames}`]
  return [
    ...kind,
    ...limits,
    ...words('-profile:v high -flags:v +bitexact'),
    '-threads',
    `${threads}`,
    ...bitExact,
  ]
}

/** HLS segments on the part's own clock, numbered as those of the whole video. */
export function segmentArgs(plan: Plan, name: string, job: Job, fromFrame: number): string[] {
  const folder = `${job.folder}/${job.claim}`
  const { extension } = segmentFormats[plan.format]
  const rate = perSecond(plan.source.frameRate)
  // It cuts at the first key frame from here on; half a key frame's distance early, so that rounding never skips one.
  const cutFrom = (segmentFrames(plan) - plan.gopFrames / 2) / rate
  const kind =
    plan.format === 'fmp4'
      ? [...words('-hls_segment_type fmp4 -hls_fmp4_init_filename'), headerName(name)]
      : [
          ...words('-hls_segment_type mpegts -muxdelay 0 -output_ts_offset'),
          `${TS_START_SECONDS + fromFrame / rate}`,
        ]
  return [
    ...[...words('-f hls -hls_playlist_type vod -hls_flags independent_segments'), '-hls_time', `${cutFrom}`],
    ...[...kind, '-start_number', `${fromFrame / segmentFrames(plan)}`],
    ...['-hls_segment_filename', `${folder}/${name}-%05d.${extension}`, `${folder}/${name}.m3u8`],
  ]
}
