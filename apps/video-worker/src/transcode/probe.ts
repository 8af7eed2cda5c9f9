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

export type Rational = { num: number; den: number }

/** What the container and the streams say of a source. Plain values. */
export type Source = {
  durationSeconds: number
  /** Where the picture ends, where the container says so. */
  pictureSeconds?: number
  /** As shown: rotation applied, pixels square. */
  width: number
  height: number
  /** How far the picture must be turned clockwise to stand upright. */
  rotation: 0 | 90 | 180 | 270
  /** Frames per second of what is made: constant, at most 60. */
  frameRate: Rational
  isInterlaced: boolean
  /** `pq` and `hlg` are those of HDR (SMPTE ST 2084, ARIB STD-B67). */
  transfer: 'sdr' | 'pq' | 'hlg'
  /** Absent for a video without sound. */
  sound?: { channels: number }
}

const Text = Type.Optional(Type.String())
const Count = Type.Optional(Type.Number())
const Stream = Type.Object({
  codec_type: Text,
  width: Count,
  height: Count,
  start_time: Text,
  duration: Text,
  sample_aspect_ratio: Text,
  r_frame_rate: Text,
  avg_frame_rate: Text,
  field_order: Text,
  color_transfer: Text,
  channels: Count,
  disposition: Type.Optional(Type.Object({ attached_pic: Count })),
  side_data_list: Type.Optional(Type.Array(Type.Object({ rotation: Count }))),
})
const ProbeOutput = Type.Object({
  streams: Type.Array(Stream),
  format: Type.Object({ start_time: Text, duration: Text }),
})
const probeOutput = Compile(ProbeOutput)
type Stream = Static<typeof Stream>

const entries =
  'stream=codec_type,width,height,start_time,duration,sample_aspect_ratio,r_frame_rate,avg_frame_rate,field_order,' +
  'color_transfer,channels:stream_disposition=attached_pic:stream_side_data=rotation:format=start_time,duration'

/** What a local file holds. Throws `VideoFault` for a file that is no video. */
export async function probe(
  programs: Programs,
  file: string,
  demuxer: string,
  signal?: AbortSignal,
): Promise<Source> {
  const safely = ['-v', 'error', '-protocol_whitelist', 'file', '-max_pixels', `${MAX_PIXELS}`, '-f', demuxer]
  const args = [...safely, '-show_entries', entries, '-of', 'json', file]
  const options = { limitMs: PROBE_LIMIT_MS, reads: [file], ...(signal === undefined ? {} : { signal }) }
  const { exitCode, output, errors } = await runProgram(programs, 'ffprobe', args, options)
  if (TOO_LARGE.test(errors)) throw new VideoFault('PICTURE_TOO_LARGE', errors)
  const found: unknown = exitCode === 0 ? JSON.parse(output) : undefined
  if (!probeOutput.Check(found)) throw new VideoFault('UNREADABLE', errors)
  return describe(found)
}

const profiles: Record<string, string> = { High: '6400', Main: '4d40', 'Constrained Baseline': '42c0' }

/** RFC 6381 for the H.264 of a segment that we made. */
export async function probeCodecs(programs: Programs, file: string, signal: AbortSignal): Promise<string> {
  const show = ['-select_streams', 'v', '-show_entries', 'stream=profile,level', '-of', 'csv=p=0', file]
  const args = ['-v', 'error', '-protocol_whitelist', 'file', ...show]
  const options = { limitMs: PROBE_LIMIT_MS, signal, reads: [file] }
  const { output } = await runProgram(programs, 'ffprobe', args, options)
  // ffprobe names the stream of a transport stream twice: once more as part of its programme.
  const [line = ''] = output.trim().split('\n')
  const [profile = '', level = ''] = line.split(',')
  return `avc1.${profiles[profile] ?? '6400'}${Number(level).toString(16).padStart(2, '0')}`
}

function describe({ streams, format }: Static<typeof ProbeOutput>): Source {
  const isPicture = (stream: Stream) => stream.disposition?.attached_pic === 1
  const video = streams.find((stream) => stream.codec_type === 'video' && !isPicture(stream))
  if (video?.width === undefined || video.height === undefined)
    throw new VideoFault('NO_VIDEO', 'no video stream')
  if (video.width * video.height > MAX_PIXELS) {
    throw new VideoFault('PICTURE_TOO_LARGE', `${video.width}x${video.height}`)
  }
  const durationSeconds = Number(format.duration ?? video.duration)
  if (!(durationSeconds > 0))
    throw new VideoFault('NO_DURATION', `duration ${format.duration ?? 'not given'}`)
  if (durationSeconds > MAX_SECONDS) throw new VideoFault('TOO_LONG', `${durationSeconds} s`)
  const sound = streams.find((stream) => stream.codec_type === 'audio')
  return {
    durationSeconds,
    ...pictureEnd(video, format.start_time),
    ...shownSize(video, video.width, video.height),
    frameRate: frameRateOf(video),
    isInterlaced: interlaced.has(video.field_order ?? ''),
    transfer: transfers[video.color_transfer ?? ''] ?? 'sdr',
    ...(sound === undefined ? {} : { sound: { channels: sound.channels ?? 2 } }),
  }
}

/** As ffprobe names the orders of fields; `progressive` and none at all are not interlaced. */
const interlaced = new Set(['tt', 'bb', 'tb', 'bt'])
const transfers: Record<string, Source['transfer']> = { smpte2084: 'pq', 'arib-std-b67': 'hlg' }

/** On the clock of the file, which begins with the first of its streams. */
function pictureEnd({ start_time, duration }: Stream, fileStart = '0') {
  if (duration === undefined) return {}
  return { pictureSeconds: Number(start_time ?? fileStart) - Number(fileStart) + Number(duration) }
}

function shownSize(video: Stream, width: number, height: number) {
  const square = Math.round(width * (quotient(video.sample_aspect_ratio, ':') ?? 1))
  const turned = video.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0
  // The display matrix counts against the clock.
  const rotation = quarters[((Math.round(-turned / 90) % 4) + 4) % 4] ?? 0
  return rotation % 180 === 90
    ? { width: height, height: square, rotation }
    : { width: square, height, rotation }
}
const quarters = [0, 90, 180, 270] as const

const MAX_FRAME_RATE = 60
const FALLBACK_RATE = { num: 25, den: 1 }

/** `r_frame_rate` fits every frame of a source; some containers give the clock's own rate there. */
function frameRateOf({ r_frame_rate, avg_frame_rate }: Stream): Rational {
  for (const text of [r_frame_rate, avg_frame_rate]) {
    const rate = quotient(text, '/')
    if (rate === undefined || rate > MAX_FRAME_RATE) continue
    const [num = 0, den = 1] = (text ?? '').split('/').map(Number)
    return { num, den }
  }
  return quotient(avg_frame_rate, '/') === undefined ? FALLBACK_RATE : { num: MAX_FRAME_RATE, den: 1 }
}

/** `30000/1001` or `4:3` as a number; undefined where it is missing or 0. */
function quotient(text: string | undefined, separator: string): number | undefined {
  const [above = 0, below = 0] = (text ?? '').split(separator).map(Number)
  return above > 0 && below > 0 ? above / below : undefined
}
