import { crc32 } from 'node:zlib'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import type { Ranges } from './ranges.ts'

/**
 * How the scripts keep numbers: in base 36, each kind in a width of its own, without anything in between. So a lecture
 * watched in six pieces still is within the 64 bytes up to which Redis keeps a hash compact.
 */
const HUNDREDTH_DIGITS = 5
const SECOND_DIGITS = 6
const MOMENT_DIGITS = 8
const NAME_DIGITS = 7
/** Seconds of wall time are counted from 2020 on, which fits until 2088. */
const EPOCH_SECONDS = 1_577_836_800

const pack = (number: number, digits: number) => number.toString(36).padStart(digits, '0')

function unpack(text: string, digits: number): Range[] {
  const ranges: Range[] = []
  for (let at = 0; at < text.length; at += 2 * digits) {
    const middle = at + digits
    ranges.push([parseInt(text.slice(at, middle), 36), parseInt(text.slice(middle, middle + digits), 36)])
  }
  return ranges
}

/** Seconds of a lecture, to the hundredth; what is shorter is left out. */
export const packRanges = (ranges: Ranges): string =>
  ranges
    .map(([from, to]) => [Math.round(from * 100), Math.round(to * 100)] as const)
    .filter(([from, to]) => from < to)
    .map(([from, to]) => pack(from, HUNDREDTH_DIGITS) + pack(to, HUNDREDTH_DIGITS))
    .join('')

export const unpackRanges = (packed: string): Range[] =>
  unpack(packed, HUNDREDTH_DIGITS).map(([from, to]) => [from / 100, to / 100])

/** Stretches of wall time in ms since 1970. */
export const unpackSpans = (packed: string): Range[] =>
  unpack(packed, SECOND_DIGITS).map(([from, to]) => [
    (from + EPOCH_SECONDS) * 1000,
    (to + EPOCH_SECONDS) * 1000,
  ])

export const packMoment = (ms: number): string => pack(ms, MOMENT_DIGITS)

/** A short name for a player in a place; that two are the same would keep back a position of one person's own. */
export const packName = (session: string, place: string): string =>
  pack(crc32(`${session}:${place}`), NAME_DIGITS)
