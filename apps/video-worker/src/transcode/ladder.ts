import { perSecond } from './frame-rate.ts'
import type { Source } from './probe.ts'
import { SOUND } from './track.ts'
import { bitExact, filesOnly, quiet, words } from './words.ts'

/** By the short side of the picture, so that a portrait video gets the same rungs as a landscape one. */
const RUNGS = [1080, 720, 480, 360]
/** Source document 003: the MP4's short side is 720 at most. */
const MP4_SHORT_SIDE = 720
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
    const rate = perSecond(source.frameRate)
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

/** Reads what we made ourselves, from our own folder. */
const read = [...quiet, ...filesOnly]
const playlist = (folder: string, name: string) => [
  ...words('-f hls -allowed_extensions ALL -i'),
  `${folder}/${name}/index.m3u8`,
]

/** The rung's streams in one file that plays before it is wholly there. */
export const mp4Args = (folder: string, rung: Rung, hasSound: boolean): string[] => [
  ...[...read, ...playlist(folder, rung.name), ...(hasSound ? playlist(folder, SOUND) : [])],
  ...['-map', '0:v', ...(hasSound ? ['-map', '1:a'] : []), '-c', 'copy', ...bitExact],
  ...['-movflags', '+faststart', `${folder}/video.mp4`],
]

/** A tenth into the video, where titles have usually faded in. */
export const posterArgs = (folder: string, durationSeconds: number): string[] => [
  ...[...read, '-ss', (durationSeconds / 10).toFixed(2), '-f', 'mov', '-i', `${folder}/video.mp4`],
  ...['-frames:v', '1', '-q:v', '3', `${folder}/poster.jpg`],
]
