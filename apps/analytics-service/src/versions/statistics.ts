/** Two-sided 95 %. */
const CONFIDENCE = 0.95
/** The 97.5 % point of the normal distribution. */
const Z = 1.959963984540054

export type Estimate = { value: number; low: number; high: number }
/** So many of so many. */
export type Share = { count: number; of: number }

/** The score interval of one share (Wilson 1927): right for few and for shares near 0 and 1 as well. */
export function wilson({ count, of }: Share): Estimate {
  const value = count / of
  const middle = value + (Z * Z) / (2 * of)
  const half = Z * Math.sqrt((value * (1 - value)) / of + (Z * Z) / (4 * of * of))
  const scale = 1 + (Z * Z) / of
  return { value, low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) }
}

/** The interval of `b` less `a` out of the score intervals of both (Newcombe 1998, method 10). */
export function newcombe(a: Share, b: Share): Estimate {
  const [one, other] = [wilson(a), wilson(b)]
  const value = other.value - one.value
  return {
    value,
    low: value - Math.hypot(other.value - other.low, one.high - one.value),
    high: value + Math.hypot(other.high - other.value, one.value - one.low),
  }
}

type Moments = { mean: number; /** Of the mean. */ variance: number; freedom: number }
function momentsOf(values: readonly number[]): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const freedom = values.length - 1
  return { mean, variance: squares / freedom / values.length, freedom }
}

const around = (value: number, half: number): Estimate => ({ value, low: value - half, high: value + half })

/** The interval of a mean by Student's t; at least two values. */
export function meanOf(values: readonly number[]): Estimate {
  const { mean, variance, freedom } = momentsOf(values)
  return around(mean, studentsT(freedom) * Math.sqrt(variance))
}

/** The interval of the mean of `b` less that of `a`, whose variances may differ (Welch 1947). */
export function welch(a: readonly number[], b: readonly number[]): Estimate {
  const [one, other] = [momentsOf(a), momentsOf(b)]
  const variance = one.variance + other.variance
  if (variance === 0) return around(other.mean - one.mean, 0)
  const freedom = variance ** 2 / (one.variance ** 2 / one.freedom + other.variance ** 2 / other.freedom)
  return around(other.mean - one.mean, studentsT(freedom) * Math.sqrt(variance))
}

/** The point that Student's t stays below in size with 95 %, by halving: its tail is an incomplete beta function. */
export function studentsT(freedom: number): number {
  const tail = (t: number) => incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
  let [low, high] = [0, 1]
  while (tail(high) > 1 - CONFIDENCE) high *= 2
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (tail(middle) > 1 - CONFIDENCE) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Regularised, by its continued fraction (DLMF 8.17.22), on the side where that converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  if (x === 0) return 0
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b) - Math.log(a),
  )
  return front / continued(x, a, b)
}

const TERMS = 200
/** 1 + d₁/(1 + d₂/(1 + …)), from its far end. */
function continued(x: number, a: number, b: number): number {
  let value = 1
  for (let n = TERMS; n >= 1; n -= 1) {
    const m = Math.floor(n / 2)
    const d =
      n % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    value = 1 + d / value
  }
  return value
}

/** Stirling's series (DLMF 5.11.1), for arguments moved to where it is exact to fourteen digits. */
function logGamma(x: number): number {
  let [z, shift] = [x, 0]
  for (; z < 12; z += 1) shift += Math.log(z)
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7)
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift
}
