import type { Container } from '@aetherlearn/contracts/media'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { VideoFault } from './failure.ts'
import { runProgram, type Programs } from './run.ts'

const PROBE_LIMIT_MS = 30_000
/** 8K (7680 x 4320): a one-frame file of a few hundred kilobytes can otherwise ask for a gigabyte. */
export const MAX_PIXELS = 7680 * 4320
/** ffmpeg says so before it takes the memory. */
const TOO_LARGE = /exceeds specified max pixel count/
/** Longer than any lecture; a small file can otherwise claim days of work. */
const MAX_SECONDS = 12 * 3600

/** ffmpeg's demuxer for what the bytes are. Pinned, so that a playlist named .mp4 is never read as a playlist. */
export const demuxers: Record<Container, string> = {
  mp4: 'mov',
  mov: 'mov',
  matroska: 'matroska',
  webm: 'matroska',
}

export type Source = {
  durationSeconds: number
  /** Of the picture alone, where the container says so. */
  pictureSeconds: number | undefined
  /** As shown: rotation applied, pixels square. */
  width: number
  height: number
  framesPerSecond: number
  hasAudio: boolean
}

const Stream = Type.Object({
  codec_type: Type.Optional(Type.String()),
  width: Type.Optional(Type.Number()),
  height: Type.Optional(Type.Number()),
  duration: Type.Optional(Type.String()),
  sample_aspect_ratio: Type.Optional(Type.String()),
  avg_frame_rate: Type.Optional(Type.String()),
  disposition: Type.Optional(Type.Object({ attached_pic: Type.Optional(Type.Number()) })),
  side_data_list: Type.Optional(Type.Array(Type.Object({ rotation: Type.Optional(Type.Number()) }))),
})
const ProbeOutput = Type.Object({
  streams: Type.Array(Stream),
  format: Type.Object({ duration: Type.Optional(Type.String()) }),
})
const probeOutput = Compile(ProbeOutput)
type Stream = Static<typeof Stream>

const entries =
  'stream=codec_type,width,height,duration,sample_aspect_ratio,avg_frame_rate:stream_disposition=attached_pic' +
  ':stream_side_data=rotation:format=duration'

/** What a local file holds. Throws `VideoFault` for a file that is no video. */
export async function probe(
  programs: Programs,
  file: string,
  demuxer: string,
  signal?: AbortSignal,
): Promise<Source> {
  const safely = ['-v', 'error', '-protocol_whitelist', 'file', '-max_pixels', `${MAX_PIXELS}`, '-f', demuxer]
  const args = [...safely, '-show_entries', entries, '-of', 'json', file]
  const options = { limitMs: PROBE_LIMIT_MS, ...(signal === undefined ? {} : { signal }) }
  const { exitCode, output, errors } = await runProgram(programs, 'ffprobe', args, options)
  if (TOO_LARGE.test(errors)) throw new VideoFault('PICTURE_TOO_LARGE', errors)
  const found: unknown = exitCode === 0 ? JSON.parse(output) : undefined
  if (!probeOutput.Check(found)) throw new VideoFault('UNREADABLE', errors)
  return describe(found)
}

function describe({ streams, format }: Static<typeof ProbeOutput>): Source {
  const isPicture = (stream: Stream) => stream.disposition?.attached_pic === 1
  const video = streams.find((stream) => stream.codec_type === 'video' && !isPicture(stream))
  if (video?.width === undefined || video.height === undefined)
    throw new VideoFault('NO_VIDEO', 'no video stream')
  const { width, height } = shownSize(video, video.width, video.height)
  if (video.width * video.height > MAX_PIXELS) {
    throw new VideoFault('PICTURE_TOO_LARGE', `${video.width}x${video.height}`)
  }
  const durationSeconds = Number(format.duration ?? video.duration)
  if (!(durationSeconds > 0))
    throw new VideoFault('NO_DURATION', `duration ${format.duration ?? 'not given'}`)
  if (durationSeconds > MAX_SECONDS) throw new VideoFault('TOO_LONG', `${durationSeconds} s`)
  const pictureSeconds = video.duration === undefined ? undefined : Number(video.duration)
  const hasAudio = streams.some((stream) => stream.codec_type === 'audio')
  const framesPerSecond = quotient(video.avg_frame_rate, '/') ?? 25
  return { durationSeconds, pictureSeconds, width, height, framesPerSecond, hasAudio }
}

function shownSize(video: Stream, width: number, height: number) {
  const square = Math.round(width * (quotient(video.sample_aspect_ratio, ':') ?? 1))
  const rotation = video.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0
  const onItsSide = Math.abs(rotation) % 180 === 90
  return onItsSide ? { width: height, height: square } : { width: square, height }
}

/** `30000/1001` or `4:3` as a number; undefined where it is missing or 0. */
function quotient(text: string | undefined, separator: string): number | undefined {
  const [above = 0, below = 0] = (text ?? '').split(separator).map(Number)
  return above > 0 && below > 0 ? above / below : undefined
}
