import { MAX_PIXELS, type Source } from './probe.ts'

/** By the short side of the picture, so that a portrait video gets the same rungs as a landscape one. */
const RUNGS = [1080, 720, 480, 360]
/** Source document 003: the MP4's short side is 720 at most. */
const MP4_SHORT_SIDE = 720
const KEY_FRAME_SECONDS = 2
const SEGMENT_SECONDS = 4
const AUDIO_BITRATE = 128_000
/** Bits per pixel and frame that x264 needs for a clean picture of lectures and screens. */
const BITS_PER_PIXEL = 0.08

export type Rung = { name: string; width: number; height: number; shortSide: number; maxBitrate: number }

/** H.264 with 4:2:0 chroma needs even sizes; `limit` is the source's own size. */
const even = (value: number, limit: number) =>
  Math.max(2, Math.min(Math.round(value / 2), Math.floor(limit / 2)) * 2)

/** The rungs at or below the source's own size, largest first; a source below them all is one rung of its own size. */
export function ladderOf(source: Source): Rung[] {
  const short = Math.min(source.width, source.height)
  const fitting = RUNGS.filter((rung) => rung <= short)
  return (fitting.length > 0 ? fitting : [short]).map((shortSide) => {
    const width = even((source.width * shortSide) / short, source.width)
    const height = even((source.height * shortSide) / short, source.height)
    const rate = Math.min(source.framesPerSecond, 60)
    const maxBitrate = Math.max(300_000, Math.round(width * height * rate * BITS_PER_PIXEL))
    return { name: `${Math.min(width, height)}p`, width, height, shortSide, maxBitrate }
  })
}

/** The rung that the MP4 is made of, by copying its stream. */
export function mp4Rung(ladder: Rung[]): Rung {
  const rung = ladder.find(({ shortSide }) => shortSide <= MP4_SHORT_SIDE) ?? ladder.at(-1)
  if (rung === undefined) throw new Error('a ladder has at least one rung')
  return rung
}

export type EncodeOptions = {
  input: string
  demuxer: string
  folder: string
  preset: string
  threads: number
}

/** For arguments without a path: those are handed over whole. */
export const words = (text: string) => text.split(' ')

/** One decode into all rungs, as HLS with fMP4 segments and key frames at the same times in each. */
export function hlsArgs(source: Source, ladder: Rung[], options: EncodeOptions): string[] {
  const { input, demuxer, folder, preset, threads } = options
  // V: cover art is a video stream to ffmpeg, too.
  const split = `[0:V:0]split=${ladder.length}${ladder.map((_, i) => `[s${i}]`).join('')}`
  const scales = ladder.map(
    ({ width, height }, i) => `[s${i}]scale=${width}:${height},setsar=1,format=yuv420p[v${i}]`,
  )
  const streams = ladder.map((rung, i) => `v:${i}${source.hasAudio ? `,a:${i}` : ''},name:${rung.name}`)
  return [
    ...words('-y -nostdin -hide_banner -loglevel error -progress pipe:1 -stats_period 0.5'),
    ...words(`-protocol_whitelist file -max_pixels ${MAX_PIXELS} -f ${demuxer}`),
    ...['-i', input, '-filter_complex', [split, ...scales].join(';')],
    ...ladder.flatMap((rung, i) => videoArgs(rung, i)),
    ...(source.hasAudio ? ladder.flatMap(() => ['-map', '0:a:0']) : []),
    ...words(`-c:v libx264 -preset ${preset} -profile:v high -sc_threshold 0 -threads ${threads}`),
    ...['-force_key_frames', `expr:gte(t,n_forced*${KEY_FRAME_SECONDS})`],
    ...words(`-c:a aac -b:a ${AUDIO_BITRATE} -ac 2 -ar 48000 -sn -dn -map_metadata -1`),
    ...words(`-f hls -hls_time ${SEGMENT_SECONDS} -hls_playlist_type vod -hls_segment_type fmp4`),
    ...words('-hls_flags independent_segments+temp_file -hls_fmp4_init_filename init.mp4'),
    ...['-hls_segment_filename', `${folder}/%v/segment-%04d.m4s`, '-master_pl_name', 'master.m3u8'],
    ...['-var_stream_map', streams.join(' '), `${folder}/%v/index.m3u8`],
  ]
}

function videoArgs({ maxBitrate }: Rung, index: number): string[] {
  const limit = [`-maxrate:v:${index}`, `${maxBitrate}`, `-bufsize:v:${index}`, `${maxBitrate * 2}`]
  return ['-map', `[v${index}]`, `-crf:v:${index}`, '23', ...limit]
}

/** Reads what we made ourselves, from our own folder. */
const quiet = words('-y -nostdin -hide_banner -loglevel error -protocol_whitelist file')

/** The rung's streams in one file that plays before it is wholly there. */
export const mp4Args = (folder: string, rung: Rung): string[] => [
  ...[...quiet, '-f', 'hls', '-allowed_extensions', 'ALL', '-i', `${folder}/${rung.name}/index.m3u8`],
  ...['-c', 'copy', '-movflags', '+faststart', `${folder}/video.mp4`],
]

/** A tenth into the video, where titles have usually faded in. */
export const posterArgs = (folder: string, durationSeconds: number): string[] => [
  ...[...quiet, '-ss', (durationSeconds / 10).toFixed(2), '-f', 'mov', '-i', `${folder}/video.mp4`],
  ...['-frames:v', '1', '-q:v', '3', `${folder}/poster.jpg`],
]
