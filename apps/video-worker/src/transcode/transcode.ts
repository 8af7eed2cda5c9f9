import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Container } from '@aetherlearn/contracts/media'
import { VideoFault } from './failure.ts'
import { hlsArgs, ladderOf, mp4Args, mp4Rung, posterArgs } from './ladder.ts'
import { demuxers, probe, type Source } from './probe.ts'
import { runProgram } from './run.ts'
import { planStoryboard, storyboardArgs, storyboardVtt } from './storyboard.ts'

/** ffmpeg is killed after this long without a sign of progress. */
const SILENCE_MS = 60_000
const SHORT_STEP_MS = 10 * 60_000
/** Twenty times real time, and ten minutes for very short files. */
const limitOf = (durationSeconds: number) => SHORT_STEP_MS + durationSeconds * 20_000
/** The ladder is nearly all of the work; the rest is copying and pictures. */
const LADDER_SHARE = 95

export type TranscodeOptions = {
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
  const { input, container, folder, signal, preset } = options
  const demuxer = demuxers[container]
  const source = await probe(input, demuxer, signal)
  const ladder = ladderOf(source)
  const threads = availableParallelism()
  const args = hlsArgs(source, ladder, { input, demuxer, folder, preset, threads })
  await runFfmpeg(args, { signal, source, onProgress: options.onProgress })
  const rung = mp4Rung(ladder)
  await runFfmpeg(mp4Args(folder, rung), { signal, source })
  const made = await checkOutput(`${folder}/video.mp4`, source, signal)
  await runFfmpeg(posterArgs(folder, made.durationSeconds), { signal, source })
  const plan = planStoryboard({ durationSeconds: made.durationSeconds, width: rung.width, height: rung.height })
  await runFfmpeg(storyboardArgs(folder, plan), { signal, source })
  await writeFile(`${folder}/storyboard.vtt`, storyboardVtt(plan, made.durationSeconds))
  const { width, height } = ladder[0] ?? rung
  const names = { hls: 'master.m3u8', video: 'video.mp4', poster: 'poster.jpg', storyboard: 'storyboard.vtt' }
  return { ...names, durationSeconds: made.durationSeconds, width, height }
}

type StepOptions = { signal: AbortSignal; source: Source; onProgress?: (percent: number) => void }

async function runFfmpeg(args: string[], { signal, source, onProgress }: StepOptions) {
  let reported = -1
  const onLine = (line: string) => {
    const [, microseconds] = /^out_time_us=(\d+)$/.exec(line) ?? []
    if (microseconds === undefined || onProgress === undefined) return
    const share = Math.min(1, Number(microseconds) / 1e6 / source.durationSeconds)
    const percent = Math.floor(share * LADDER_SHARE)
    if (percent <= reported) return
    reported = percent
    onProgress(percent)
  }
  const limits = onProgress === undefined ? { limitMs: SHORT_STEP_MS } : { limitMs: limitOf(source.durationSeconds), silenceMs: SILENCE_MS }
  const { exitCode, errors } = await runProgram('ffmpeg', args, { signal, onLine, ...limits })
  if (exitCode === 0) return
  if (/No space left on device/.test(errors)) throw new Error(`the disk is full: ${errors}`)
  throw new VideoFault('UNREADABLE', errors)
}

const DURATION_SHARE = 0.01
const DURATION_SLACK_SECONDS = 0.25

/** ffmpeg ends well on files that it read only in part, so what counts is what it made. */
async function checkOutput(file: string, source: Source, signal: AbortSignal): Promise<Source> {
  const made = await probe(file, 'mov', signal).catch((error: unknown) => {
    throw error instanceof VideoFault ? new VideoFault('OUTPUT_BROKEN', error.message) : error
  })
  const slack = Math.max(DURATION_SLACK_SECONDS, source.durationSeconds * DURATION_SHARE)
  const short = Math.abs(made.durationSeconds - source.durationSeconds) > slack
  if (short || made.hasAudio !== source.hasAudio) {
    throw new VideoFault('OUTPUT_BROKEN', `${made.durationSeconds} s of ${source.durationSeconds} s, audio ${made.hasAudio}`)
  }
  return made
}
