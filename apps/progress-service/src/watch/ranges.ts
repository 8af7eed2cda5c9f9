import type { Range } from '@aetherlearn/contracts/progress/shapes'

/** Stretches of a line, [from, to), in order and apart: seconds of a lecture, or moments of a clock. */
export type Ranges = readonly Range[]

/** Players stop and go on at slightly different moments; nobody misses a gap this short. In seconds. */
export const SMALLEST_GAP = 0.25

/** All of both, in order, with gaps of up to `gap` closed: in any order and as often as it is said, the same. */
export function unite(one: Ranges, other: Ranges, gap = 0): Range[] {
  const united: Range[] = []
  for (const [from, to] of [...one, ...other].toSorted((a, b) => a[0] - b[0])) {
    const last = united.at(-1)
    if (last !== undefined && from <= last[1] + gap) last[1] = Math.max(last[1], to)
    else united.push([from, to])
  }
  return united
}

/** What is in `ranges` and not in `taken`; both in order and apart. */
export function without(ranges: Ranges, taken: Ranges): Range[] {
  return ranges.flatMap(([from, to]) => {
    const left: Range[] = []
    let next = from
    for (const [start, end] of taken) {
      if (end <= next || start >= to) continue
      if (start > next) left.push([next, start])
      next = Math.max(next, end)
    }
    if (next < to) left.push([next, to])
    return left
  })
}

export const lengthOf = (ranges: Ranges): number => ranges.reduce((sum, [from, to]) => sum + to - from, 0)
