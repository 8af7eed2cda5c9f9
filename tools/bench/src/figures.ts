import { cpus } from 'node:os'

/** `ratio` is the share of the baseline's speed that ours reaches; higher is better. */
export type Figure = { name: string; ours: number; baseline: number; ratio: number; unit: string }

const rounded = (value: number, digits: number) => Number(value.toFixed(digits))

const median = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

export type Pair = {
  name: string
  unit: string
  rounds: number
  ours(): Promise<number>
  baseline(): Promise<number>
}

/**
 * Measures the two in turns, ours and the baseline swapping places each round, so that a machine that slows down slows
 * both. The ratio is the median of the rounds' ratios. Higher values must mean faster.
 */
export async function measureInTurns(pair: Pair): Promise<Figure> {
  const ours: number[] = []
  const baseline: number[] = []
  await pair.ours()
  await pair.baseline()
  for (let round = 0; round < pair.rounds; round += 1) {
    const oursFirst = round % 2 === 0
    if (oursFirst) ours.push(await pair.ours())
    baseline.push(await pair.baseline())
    if (!oursFirst) ours.push(await pair.ours())
  }
  const ratios = ours.map((value, round) => value / (baseline[round] ?? Number.NaN))
  return {
    name: pair.name,
    ours: rounded(median(ours), 1),
    baseline: rounded(median(baseline), 1),
    ratio: rounded(median(ratios), 3),
    unit: pair.unit,
  }
}

/** What we promise stands in the place of a baseline; less is better. */
export const againstPromise = (name: string, ours: number, promised: number, unit: string): Figure => ({
  name,
  ours: rounded(ours, 2),
  baseline: promised,
  ratio: rounded(promised / ours, 3),
  unit,
})

/** Of two that were measured; less is better. */
export const lessIsBetter = (name: string, ours: number[], baseline: number[], unit: string): Figure => ({
  name,
  ours: rounded(median(ours), 2),
  baseline: rounded(median(baseline), 2),
  ratio: rounded(median(baseline) / median(ours), 3),
  unit,
})

/** The machine and the day, which every figure is quoted with. */
export const machineLine = () => {
  const [cpu] = cpus()
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, Node ${process.versions.node}, ${cpus().length} x ${cpu?.model.trim() ?? 'unknown CPU'}`
}
