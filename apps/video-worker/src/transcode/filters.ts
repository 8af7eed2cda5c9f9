import type { Source } from './probe.ts'

/** What a source's frames need before they are put on the constant clock. */
export const repairsOf = ({ isInterlaced }: Source): string[] =>
  isInterlaced ? ['yadif=deint=interlaced'] : []

const turns = { 0: [], 90: ['transpose=clock'], 180: ['hflip', 'vflip'], 270: ['transpose=cclock'] } as const

/** Linear light, from which Hable's curve brings the brightest into what a usual screen can show. */
const toneMapping = [
  'zscale=transfer=linear:npl=100',
  'format=gbrpf32le',
  'zscale=primaries=bt709',
  'tonemap=hable:desat=0',
  'zscale=transfer=bt709:matrix=bt709:range=tv',
]

/** What the frames that are kept need, once, before they are scaled to the rungs. */
export const finishOf = ({ transfer, rotation }: Source): string[] => [
  ...(transfer === 'sdr' ? [] : toneMapping),
  ...turns[rotation],
]
