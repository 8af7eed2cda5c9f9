import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Container } from '@aetherlearn/contracts/media'
import { checkStreams, checkVideo } from './checks.ts'
import { VideoFault, type FailureCode } from './failure.ts'
import { hlsArgs, ladderOf, mp4Args, mp4Rung, posterArgs } from './ladder.ts'
import { demuxers, probe } from './probe.ts'
import { runProgram, type Programs, type RunOptions } from './run.ts'
import { planStoryboard, storyboardArgs, storyboardVtt } from './storyboard.ts'

/** ffmpeg is killed after this long without a sign of progress. */
const SILENCE_MS = 60_000
/** Copying a rung into one file and taking pictures from it. */
const SHORT_STEP_MS = 10 * 60_000
/** Twenty times real time, and ten minutes for very short files. */
const limitOf = (durationSeconds: number) => SHORT_STEP_MS + durationSeconds * 20_000
/** The ladder is nearly all of the work; the rest is copying and pictures. */
const LADDER_SHARE = 95

export type TranscodeOptions = {
  programs: Programs
  input: string
  container: Container
  /** Where the outputs go; empty before. */
  folder: string
  preset: string
  signal: AbortSignal
  /** Whole percent, growing. */
  onProgress: (percent: number) => void
}

/** Names inside the folder, and what the player needs to know before it loads them. */
export type Transcoded = {
  hls: string
  video: string
  poster: string
  storyboard: string
  durationSeconds: number
  width: number
  height: number
}

/** A video file into HLS, MP4, poster and storyboard; throws `VideoFault` for what only a new file can mend. */
export async function transcode(options: TranscodeOptions): Promise<Transcoded> {
  const { programs, input, container, folder, signal, preset } = options
  const demuxer = demuxers[container]
  const source = await probe(programs, input, demuxer, signal)
  const ladder = ladderOf(source)
  const threads = availableParallelism()
  const ffmpeg = async (args: string[], code: FailureCode, limits: RunOptions) => {
    const { exitCode, errors } = await runProgram(programs, 'ffmpeg', args, { signal, ...limits })
    if (exitCode !== 0) throw new VideoFault(code, errors)
  }
  /** On files of our own making. */
  const finish = (args: string[]) => ffmpeg(args, 'OUTPUT_BROKEN', { limitMs: SHORT_STEP_MS })

  await ffmpeg(hlsArgs(source, ladder, { input, demuxer, folder, preset, threads }), 'UNREADABLE', {
    limitMs: limitOf(source.durationSeconds),
    silenceMs: SILENCE_MS,
    onLine: percentOf(source.durationSeconds, options.onProgress),
  })
  const rung = mp4Rung(ladder)
  await finish(mp4Args(folder, rung))
  const made = await checkVideo(programs, `${folder}/video.mp4`, source, signal)
  await checkStreams(folder, ladder, made)
  const { durationSeconds } = made
  await finish(posterArgs(folder, durationSeconds))
  const plan = planStoryboard({ durationSeconds, width: rung.width, height: rung.height })
  await finish(storyboardArgs(folder, plan))
  await writeFile(`${folder}/storyboard.vtt`, storyboardVtt(plan, durationSeconds))
  const { width, height } = ladder[0] ?? rung
  const names = { hls: 'master.m3u8', video: 'video.mp4', poster: 'poster.jpg', storyboard: 'storyboard.vtt' }
  return { ...names, durationSeconds, width, height }
}

/** Turns lines of `-progress` into whole percent of the work, each told once. */
export function percentOf(durationSeconds: number, tell: (percent: number) => void) {
  let told = -1
  return (line: string) => {
    const [, microseconds] = /^out_time_us=(\d+)$/.exec(line) ?? []
    if (microseconds === undefined) return
    const share = Math.min(1, Number(microseconds) / 1e6 / durationSeconds)
    const percent = Math.floor(share * LADDER_SHARE)
    if (percent <= told) return
    told = percent
    tell(percent)
  }
}
