import type { Range } from '@aetherlearn/contracts/progress/shapes'

/** What was played at one speed, and when (ms since 1970 on this device's clock) the last of it was. */
export type Stretch = { ranges: Range[]; rate: number; atMs: number }
export type Played = {
  /** Seconds of the media from, to, that were shown until `atMs`. */
  add(range: Range, rate: number, atMs: number): void
  /** Hands out what was played, once. */
  take(): Stretch[]
  /** What could not be told, for the next time. */
  putBack(stretches: Stretch[]): void
}

/** As many as one report may claim. */
export const MOST_RANGES = 50
const [SLOWEST, FASTEST] = [0.1, 16]

/** Collects what a player really shows: seeks begin another range, another speed another stretch. */
export function createPlayed(): Played {
  let stretches: Stretch[] = []

  function add([from, to]: Range, rate: number, atMs: number) {
    const last = stretches.at(-1)
    const lastRange = last?.ranges.at(-1)
    if (last === undefined || lastRange === undefined || last.rate !== rate)
      stretches.push({ ranges: [[from, to]], rate, atMs })
    else if (Math.abs(lastRange[1] - from) < 0.01) lastRange[1] = to
    else if (last.ranges.length < MOST_RANGES) last.ranges.push([from, to])
    else stretches.push({ ranges: [[from, to]], rate, atMs })
    const current = stretches.at(-1)
    if (current !== undefined) current.atMs = atMs
  }

  return {
    add: (range, rate, atMs) => add(range, Math.min(Math.max(rate, SLOWEST), FASTEST), atMs),
    take() {
      const taken = stretches
      stretches = []
      return taken
    },
    putBack(taken) {
      const newer = stretches
      stretches = []
      for (const { ranges, rate, atMs } of [...taken, ...newer])
        for (const range of ranges) add([...range], rate, atMs)
    },
  }
}
