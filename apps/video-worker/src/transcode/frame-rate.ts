import type { Rational } from './probe.ts'

const HIGHEST = 60
/** Slide shows get a clock that a viewer can seek on. */
const LOWEST = 5
const FALLBACK = { num: 25, den: 1 }
/** A rate that fits all frames of a constant source is its average, but for frames that a camera left out. */
const STEADY = { least: 0.98, most: 1.1 }
/** Times are rounded to milliseconds in some containers, and averages with them. */
const ROUNDING = 0.0004

const usual: Rational[] = [
  ...[10, 12, 15, 20].map((num) => ({ num, den: 1 })),
  { num: 24_000, den: 1001 },
  ...[24, 25].map((num) => ({ num, den: 1 })),
  { num: 30_000, den: 1001 },
  ...[30, 48, 50].map((num) => ({ num, den: 1 })),
  { num: 60_000, den: 1001 },
  { num: 60, den: 1 },
]

export const perSecond = ({ num, den }: Rational) => num / den

/**
 * The constant rate that a video is made with. `fits` is the lowest rate on whose clock every frame lies, which for
 * a variable rate is far above the average (90000/1 where it is the clock of the container); then the lowest usual rate
 * is taken that is not below the average. Rates above 60 are halved, so that every second frame is shown rather than
 * some more often than others, and rates below 5 doubled.
 */
export function constantRate(fits: Rational | undefined, average: Rational | undefined): Rational {
  const [fitting, mean] = [fits, average].map((rate) => (rate === undefined ? undefined : perSecond(rate)))
  if (fits !== undefined && fitting !== undefined) {
    const share = mean === undefined ? 1 : fitting / mean
    const isSteady = share >= STEADY.least && share <= STEADY.most
    if (isSteady && (mean !== undefined || fitting <= HIGHEST)) return within(nearly(fits))
  }
  if (mean === undefined) return FALLBACK
  return usual.find((rate) => perSecond(rate) >= mean * (1 - ROUNDING)) ?? { num: HIGHEST, den: 1 }
}

const nearly = (rate: Rational) =>
  usual.find((one) => Math.abs(perSecond(one) / perSecond(rate) - 1) < ROUNDING) ?? rate

function within({ num, den }: Rational): Rational {
  if (perSecond({ num, den }) > HIGHEST * (1 + ROUNDING)) return within({ num, den: den * 2 })
  if (perSecond({ num, den }) < LOWEST) return within({ num: num * 2, den })
  return { num, den }
}
