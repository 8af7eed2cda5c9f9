import { crc32 } from 'node:zlib'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import type { Ranges } from './ranges.ts'

/**
 * How the scripts keep numbers: each kind in a width of its own, without anything in between. Hexadecimal is what Lua writes
 * and reads quickly; of wall time there is much, and little of it is touched, so that is kept shorter, in base 36.
 */
const HUNDREDTH_DIGITS = 7
const SECOND_DIGITS = 6
const MOMENT_DIGITS = 11
const NAME_DIGITS = 6
/** Seconds of wall time are counted from 2020 on, which fits until 2088. */
const EPOCH_SECONDS = 1_577_836_800

const pack = (number: number, digits: number) => number.toString(16).padStart(digits, '0')

function unpack(text: string, digits: number, base: number): Range[] {
  const ranges: Range[] = []
  for (let at = 0; at < text.length; at += 2 * digits) {
    const middle = at + digits
    const [from, to] = [text.slice(at, middle), text.slice(middle, middle + digits)]
    ranges.push([parseInt(from, base), parseInt(to, base)])
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
  unpack(packed, HUNDREDTH_DIGITS, 16).map(([from, to]) => [from / 100, to / 100])

/** Stretches of wall time in ms since 1970. */
export const unpackSpans = (packed: string): Range[] =>
  unpack(packed, SECOND_DIGITS, 36).map(([from, to]) => [
    (from + EPOCH_SECONDS) * 1000,
    (to + EPOCH_SECONDS) * 1000,
  ])

export const packMoment = (ms: number): string => pack(ms, MOMENT_DIGITS)

/** A short name for a player in a place; that two are the same would keep back a position of one person's own. */
export const packName = (session: string, place: string): string =>
  pack(crc32(`${session}:${place}`) % 16 ** NAME_DIGITS, NAME_DIGITS)
