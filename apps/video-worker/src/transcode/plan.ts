import { perSecond } from './frame-rate.ts'
import { ladderOf, type Rung } from './ladder.ts'
import type { Source } from './probe.ts'

/** Apple's authoring specification asks for a key frame at least every two seconds (HLS, 1.12). */
const KEY_FRAME_SECONDS = 2
/** A source this short is done before anybody could make use of an early rung. */
const EARLY_FROM_SECONDS = 20

/** `fmp4`: CMAF segments of 4 s. `ts`: MPEG-TS segments of 10 s, as source document 003 §11 has them. */
export const segmentFormats = {
  fmp4: { gops: 2, extension: 'm4s' },
  ts: { gops: 5, extension: 'ts' },
} as const
export type SegmentFormat = keyof typeof segmentFormats
/** Key frames of one part: 60 s, a multiple of the segments of both formats. */
export const gopsOfPart = (partSeconds: number) =>
  Math.max(10, Math.round(partSeconds / KEY_FRAME_SECONDS / 10) * 10)

/** Frames `from` up to and without `to` of the video's own clock; the last part goes on to the end. */
export type Part = { index: number; from: number; to?: number }

/** Rungs that one decode makes. */
export type RungSet = { name: 'first' | 'rest' | 'all'; rungs: string[] }

/** How a video is made, the same for whoever makes a part of it. Plain values: it is stored with the video. */
export type Plan = {
  source: Source
  ladder: Rung[]
  sets: RungSet[]
  parts: Part[]
  format: SegmentFormat
  /** Frames from one key frame to the next: the same for every rung, so that they all switch at the same frames. */
  gopFrames: number
}

export type PlanOptions = {
  format: SegmentFormat
  /** Videos of less than two parts are not cut; left out: none is. */
  partSeconds?: number
}

/** How long the picture is, as far as the container says. */
export const pictureSecondsOf = ({ pictureSeconds, durationSeconds }: Source) =>
  pictureSeconds ?? durationSeconds
/** About how many frames will be made. */
export const framesOf = (source: Source) => pictureSecondsOf(source) * perSecond(source.frameRate)

export function planOf(source: Source, { format, partSeconds }: PlanOptions): Plan {
  const ladder = ladderOf(source)
  const gopFrames = Math.max(1, Math.round(KEY_FRAME_SECONDS * perSecond(source.frameRate)))
  const partFrames = partSeconds === undefined ? undefined : gopFrames * gopsOfPart(partSeconds)
  const parts = partsOf(framesOf(source), partFrames)
  return { source, ladder, sets: setsOf(ladder, pictureSecondsOf(source)), parts, format, gopFrames }
}

/** The last part takes the rest, which is half a part at least: containers are not exact about their length. */
function partsOf(frames: number, partFrames: number | undefined): Part[] {
  if (partFrames === undefined || frames < 2 * partFrames) return [{ index: 0, from: 0 }]
  const count = Math.round(frames / partFrames)
  return Array.from({ length: count }, (_, index) => {
    const from = index * partFrames
    return index === count - 1 ? { index, from } : { index, from, to: from + partFrames }
  })
}

function setsOf(ladder: Rung[], seconds: number): RungSet[] {
  const names = ladder.map(({ name }) => name)
  if (names.length === 1 || seconds < EARLY_FROM_SECONDS) return [{ name: 'all', rungs: names }]
  return [
    { name: 'first', rungs: names.slice(-1) },
    { name: 'rest', rungs: names.slice(0, -1) },
  ]
}

export const segmentFrames = ({ format, gopFrames }: Plan) => gopFrames * segmentFormats[format].gops

export function rungsOf({ ladder }: Plan, { rungs }: RungSet): Rung[] {
  return ladder.filter(({ name }) => rungs.includes(name))
}
