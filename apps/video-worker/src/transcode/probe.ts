import { open } from 'node:fs/promises'
import type { Container } from '@aetherlearn/contracts/media'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { VideoFault, faultIn } from './failure.ts'
import { constantRate } from './frame-rate.ts'
import { scanPackets, type Span } from './packets.ts'
import { runProgram, type Programs } from './run.ts'

const PROBE_LIMIT_MS = 30_000
/** 8K (7680 x 4320): a one-frame file of a few hundred kilobytes can otherwise ask for a gigabyte. */
export const MAX_PIXELS = 7680 * 4320
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
  /** Where the picture begins and ends, on the clock of the file, which begins with the first of its streams. */
  pictureStart?: number
  pictureSeconds?: number
  /** Frames to be shown. */
  frames?: number
  /** As shown: rotation applied, pixels square. */
  width: number
  height: number
  /** How far the picture must be turned clockwise to stand upright. */
  rotation: 0 | 90 | 180 | 270
  /** Frames per second of what is made, by `constantRate`. */
  frameRate: Rational
  isInterlaced: boolean
  /** `pq` and `hlg` are those of HDR (SMPTE ST 2084, ARIB STD-B67). */
  transfer: 'sdr' | 'pq' | 'hlg'
  /** Absent for a video without sound. */
  sound?: {
    channels: number
    /** Which of the sound tracks, counted from 0. */
    track?: number
    /** Where it ends, on the clock of the file. */
    endSeconds?: number
  }
}

const Text = Type.Optional(Type.String())
const Count = Type.Optional(Type.Number())
const Stream = Type.Object({
  index: Type.Number(),
  codec_type: Text,
  codec_name: Text,
  codec_tag_string: Text,
  width: Count,
  height: Count,
  start_time: Text,
  duration: Text,
  nb_frames: Text,
  sample_aspect_ratio: Text,
  r_frame_rate: Text,
  avg_frame_rate: Text,
  field_order: Text,
  color_transfer: Text,
  channels: Count,
  disposition: Type.Optional(Type.Object({ attached_pic: Count, default: Count })),
  side_data_list: Type.Optional(Type.Array(Type.Object({ rotation: Count }))),
})
const Packet = Type.Object({
  side_data_list: Type.Optional(Type.Array(Type.Object({ side_data_type: Text }))),
})
const ProbeOutput = Type.Object({
  packets: Type.Optional(Type.Array(Packet)),
  streams: Type.Array(Stream),
  format: Type.Object({ start_time: Text, duration: Text }),
})
const probeOutput = Compile(ProbeOutput)
type ProbeOutput = Static<typeof ProbeOutput>
type Stream = Static<typeof Stream>

const entries = [
  'stream=index,codec_type,codec_name,codec_tag_string,width,height,start_time,duration,nb_frames',
  'sample_aspect_ratio,r_frame_rate,avg_frame_rate,field_order,color_transfer,channels',
].join(',')
const others =
  'stream_disposition=attached_pic,default:stream_side_data=rotation:packet=stream_index:' +
  'packet_side_data=side_data_type:format=start_time,duration'
/** The first packet tells whether the file is encrypted. */
const FIRST_PACKET = '%+#1'

/** What a local file holds. Throws `VideoFault` for a file that is no video. */
export async function probe(
  programs: Programs,
  file: string,
  demuxer: string,
  signal?: AbortSignal,
): Promise<Source> {
  const safely = ['-v', 'error', '-protocol_whitelist', 'file', '-max_pixels', `${MAX_PIXELS}`, '-f', demuxer]
  const show = ['-read_intervals', FIRST_PACKET, '-show_entries', `${entries}:${others}`, '-of', 'json', file]
  const options = { limitMs: PROBE_LIMIT_MS, reads: [file], ...(signal === undefined ? {} : { signal }) }
  const { exitCode, output, errors } = await runProgram(programs, 'ffprobe', [...safely, ...show], options)
  const found: unknown = exitCode === 0 ? JSON.parse(output) : undefined
  if (!probeOutput.Check(found)) throw (await isCutShort(file, errors)) ? cutShort(errors) : faultIn(errors)
  const fault = faultIn(errors)
  if (fault.code === 'PICTURE_TOO_LARGE') throw fault
  const video = pictureIn(found, errors)
  const isTold = video.duration !== undefined && found.format.duration !== undefined
  const spans = isTold ? undefined : await scanPackets(programs, file, safely, signal)
  return describe(found, video, spans)
}

const cutShort = (errors: string) => new VideoFault('CUT_SHORT', errors)

/** Whether an MP4 lacks its index, which recorders write last. Its first box is one of these. */
async function isCutShort(file: string, errors: string): Promise<boolean> {
  if (!errors.includes('moov atom not found')) return false
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0)
    return firstBoxes.has(buffer.toString('latin1', 4, bytesRead))
  } finally {
    await handle.close()
  }
}
const firstBoxes = new Set(['ftyp', 'mdat', 'wide', 'free', 'skip'])

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

/** The stream that is shown; throws where it cannot be. */
function pictureIn({ streams, packets = [] }: ProbeOutput, errors: string) {
  const isCover = (stream: Stream) => stream.disposition?.attached_pic === 1
  const video = streams.find((stream) => stream.codec_type === 'video' && !isCover(stream))
  if (video === undefined) throw new VideoFault('NO_VIDEO', 'no video stream')
  const notes = packets.flatMap(({ side_data_list = [] }) => side_data_list)
  if (notes.some(({ side_data_type }) => side_data_type === 'Encryption info')) {
    throw new VideoFault('ENCRYPTED', errors)
  }
  if (!isKnown(video)) throw unsupported(video)
  const { width, height } = video
  if (width === undefined || height === undefined || width * height === 0) {
    throw new VideoFault('UNREADABLE', `no size of the picture: ${errors}`)
  }
  if (width * height > MAX_PIXELS) throw new VideoFault('PICTURE_TOO_LARGE', `${width}x${height}`)
  return { ...video, width, height }
}

const isKnown = ({ codec_name }: Stream) => codec_name !== undefined && codec_name !== 'unknown'
const unsupported = ({ codec_type, codec_tag_string = 'unknown' }: Stream) =>
  new VideoFault('UNSUPPORTED_CODEC', `${codec_type} ${codec_tag_string}`, codec_tag_string)

function describe(
  found: ProbeOutput,
  video: ReturnType<typeof pictureIn>,
  spans: Map<number, Span> | undefined,
): Source {
  const { streams, format } = found
  const ends = [...(spans?.values() ?? [])].map(({ end }) => end)
  const fileStart = Number(format.start_time ?? 0)
  const durationSeconds = Number(format.duration ?? Math.max(...ends) - fileStart)
  if (!(durationSeconds > 0) || !Number.isFinite(durationSeconds)) {
    throw new VideoFault('NO_DURATION', `duration ${format.duration ?? 'not given'}`)
  }
  if (durationSeconds > MAX_SECONDS) throw new VideoFault('TOO_LONG', `${durationSeconds} s`)
  const sound = soundIn(streams, fileStart, spans)
  return {
    durationSeconds,
    ...pictureSpan(video, fileStart, spans?.get(video.index)),
    ...shownSize(video, video.width, video.height),
    isInterlaced: interlaced.has(video.field_order ?? ''),
    transfer: transfers[video.color_transfer ?? ''] ?? 'sdr',
    ...(sound === undefined ? {} : { sound }),
  }
}

/** The track that players take by default, of those that hold anything. */
function soundIn(streams: Stream[], fileStart: number, spans?: Map<number, Span>): Source['sound'] {
  const tracks = streams.filter(({ codec_type }) => codec_type === 'audio')
  const isEmpty = ({ index, nb_frames }: Stream) =>
    spans === undefined ? nb_frames === '0' : !spans.has(index)
  const [first, ...others] = tracks.filter((stream) => !isEmpty(stream))
  if (first === undefined) return undefined
  const known = [first, ...others].filter(isKnown)
  const chosen = known.find(({ disposition }) => disposition?.default === 1) ?? known[0]
  if (chosen === undefined) throw unsupported(first)
  const end = endOf(chosen, spans?.get(chosen.index))
  return {
    ...{ channels: chosen.channels ?? 2, track: tracks.indexOf(chosen) },
    ...(end === undefined ? {} : { endSeconds: end - fileStart }),
  }
}

function endOf({ start_time = '0', duration }: Stream, span: Span | undefined): number | undefined {
  if (span !== undefined) return span.end
  return duration === undefined ? undefined : Number(start_time) + Number(duration)
}

/** When it is shown, and how many frames: by its packets, or as its container says. */
function pictureSpan(video: Stream, fileStart: number, span: Span | undefined) {
  const start = span?.start ?? Number(video.start_time ?? fileStart)
  const end = endOf(video, span)
  const seconds = end === undefined ? undefined : end - start
  const mean =
    span === undefined || seconds === undefined || seconds <= 0
      ? rational(video.avg_frame_rate)
      : { num: span.packets, den: seconds }
  const listed = span?.packets ?? Number(video.nb_frames ?? Infinity)
  // An edit list can leave out frames that the index has.
  const shown = mean === undefined || seconds === undefined ? listed : (seconds * mean.num) / mean.den
  const frames = Math.round(Math.min(listed, shown))
  return {
    pictureStart: start - fileStart,
    ...(end === undefined ? {} : { pictureSeconds: end - fileStart }),
    ...(Number.isFinite(frames) ? { frames } : {}),
    frameRate: constantRate(rational(video.r_frame_rate), mean),
  }
}

/** As ffprobe names the orders of fields; `progressive` and none at all are not interlaced. */
const interlaced = new Set(['tt', 'bb', 'tb', 'bt'])
const transfers: Record<string, Source['transfer']> = { smpte2084: 'pq', 'arib-std-b67': 'hlg' }

function shownSize(video: Stream, width: number, height: number) {
  const { num, den } = rational(video.sample_aspect_ratio, ':') ?? { num: 1, den: 1 }
  const square = Math.round((width * num) / den)
  const turned = video.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0
  // The display matrix counts against the clock.
  const rotation = quarters[((Math.round(-turned / 90) % 4) + 4) % 4] ?? 0
  return rotation % 180 === 90
    ? { width: height, height: square, rotation }
    : { width: square, height, rotation }
}
const quarters = [0, 90, 180, 270] as const

/** `30000/1001` or `4:3`; undefined where it is missing or 0. */
function rational(text = '', separator = '/'): Rational | undefined {
  const [num = 0, den = 0] = text.split(separator).map(Number)
  return num > 0 && den > 0 ? { num, den } : undefined
}
