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
 * Puts the frames on the constant clock of the source's rate. The first of them is moved onto it with all others: where
 * each were rounded by itself, a source that begins between two ticks would lose some frames and double others.
 */
export function clockOf({ frameRate, pictureStart = 0 }: Source, fromFrame: number): string[] {
  const { num, den } = frameRate
  const late = pictureStart - (Math.round((pictureStart * num) / den) * den) / num
  const moved = Math.abs(late) < LEAST_SECONDS ? [] : [`setpts=PTS-(${late.toFixed(6)})/TB`]
  return [...moved, `fps=${num}/${den}${fromFrame === 0 ? ':start_time=0' : ''}`]
}
const LEAST_SECONDS = 0.00001

/** What the frames that are kept need, once, before they are scaled to the rungs. */
export const finishOf = ({ transfer, rotation }: Source): string[] => [
  ...(transfer === 'sdr' ? [] : toneMapping),
  ...turns[rotation],
]
