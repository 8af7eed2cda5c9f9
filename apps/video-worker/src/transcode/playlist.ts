import type { Segment, Track } from './track.ts'

export type Playlist = { segments: string[]; seconds: number[]; ended: boolean }

/** What a media playlist lists (RFC 8216 §4.3). */
export function parsePlaylist(text: string): Playlist {
  const lines = text.split('\n').map((line) => line.trim())
  return {
    segments: lines.filter((line) => line !== '' && !line.startsWith('#')),
    seconds: lines.flatMap((line) => /^#EXTINF:([\d.]+)/.exec(line)?.[1] ?? []).map(Number),
    ended: lines.includes('#EXT-X-ENDLIST'),
  }
}

const longest = (segments: Segment[]) => Math.ceil(Math.max(1, ...segments.map(({ seconds }) => seconds)))

/** A finished media playlist, for `<name>/index.m3u8`: one folder below the one that files count from. */
export function mediaPlaylist({ segments, header }: Track): string {
  return [
    '#EXTM3U',
    // EXT-X-MAP without I-frames-only needs version 6; 7 is what fMP4 players expect (RFC 8216 §7).
    `#EXT-X-VERSION:${header === undefined ? 6 : 7}`,
    `#EXT-X-TARGETDURATION:${longest(segments)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...(header === undefined ? [] : [`#EXT-X-MAP:URI="../${header.file}"`]),
    ...segments.flatMap(({ file, seconds }) => [`#EXTINF:${seconds.toFixed(6)},`, `../${file}`]),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n')
}

export const secondsOf = ({ segments }: Pick<Track, 'segments'>) =>
  segments.reduce((sum, { seconds }) => sum + seconds, 0)

/** Bits per second, of the largest segment and on average. A rest shorter than half a segment is no peak (RFC 8216 §4.1). */
export function bitratesOf({ segments }: Pick<Track, 'segments'>) {
  const half = longest(segments) / 2
  const peaks = segments.filter(({ seconds }, i) => i === 0 || seconds >= half)
  const rate = ({ bytes, seconds }: { bytes: number; seconds: number }) => Math.ceil((bytes * 8) / seconds)
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
  return {
    bandwidth: Math.max(...peaks.map(rate)),
    averageBandwidth: rate({ bytes, seconds: secondsOf({ segments }) }),
  }
}
