import { perSecond } from './frame-rate.ts'
import type { Source } from './probe.ts'

/** What a source's frames need before they are put on the constant clock. */
export const repairsOf = ({ isInterlaced }: Source): string[] =>
  isInterlaced ? ['bwdif=deint=interlaced'] : []

const turns = { 0: [], 90: ['transpose=clock'], 180: ['hflip', 'vflip'], 270: ['transpose=cclock'] } as const

/** Linear light, from which Hable's curve brings the brightest into what a usual screen can show. */
const toneMapping = [
  // Where a file names the brightness curve only, the colours are those that go with it.
  'setparams=color_primaries=bt2020:colorspace=bt2020nc',
  'zscale=transfer=linear:npl=100',
  'format=gbrpf32le',
  'zscale=primaries=bt709',
  'tonemap=hable:desat=0',
  'zscale=transfer=bt709:matrix=bt709:range=tv',
]

/**
 * By how much a source's picture begins after a tick of its constant clock. Picture and sound are both moved by it: where
 * each frame were rounded to a tick by itself, some would be lost and others doubled.
 */
export function lateOf({ frameRate, pictureStart = 0 }: Source): number {
  const rate = perSecond(frameRate)
  const late = pictureStart - Math.floor(pictureStart * rate + ROUNDED_TICKS) / rate
  return Math.abs(late) < LEAST_SECONDS ? 0 : late
}
const ROUNDED_TICKS = 0.01
const LEAST_SECONDS = 0.00001

/** Puts the frames on the constant clock. */
export function clockOf(source: Source, fromFrame: number): string[] {
  const { num, den } = source.frameRate
  const late = lateOf(source)
  const moved = late === 0 ? [] : [`setpts=PTS-(${late.toFixed(6)})/TB`]
  return [...moved, `fps=${num}/${den}${fromFrame === 0 ? ':start_time=0' : ''}`]
}

/** What the frames that are kept need, once, before they are scaled to the rungs. */
export const finishOf = ({ transfer, rotation }: Source): string[] => [
  ...(transfer === 'sdr' ? [] : toneMapping),
  ...turns[rotation],
]
