import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { MOST_RANGES } from './played.ts'

/** A stretch of the media that was played at one speed, and the seconds of the student's time that it took. */
type Piece = { range: Range; rate: number; seconds: number }
export type Unreported = {
  add(piece: Piece): void
  /** Hands out the first of what there is, once: a minute at most, and the stretches that were played in it. */
  take(): Taken
}
export type Taken = {
  seconds: number
  /** In the order in which they were played. */
  segments: Range[]
  /** It could not be told: for the next time. */
  putBack(): void
}

/** `trackTelemetry` takes no more; the rest goes with the next report. */
const MOST_SECONDS = 60

/** Collects what was watched until a report takes it. */
export function createUnreported(): Unreported {
  let pieces: Piece[] = []

  function add({ range, rate, seconds }: Piece) {
    const last = pieces.at(-1)
    if (last?.rate === rate && Math.abs(last.range[1] - range[0]) < 0.01) {
      last.range[1] = range[1]
      last.seconds += seconds
    } else pieces.push({ range: [...range], rate, seconds })
  }

  function takePieces(): Piece[] {
    const taken: Piece[] = []
    for (let left = MOST_SECONDS; left > 0 && taken.length < MOST_RANGES;) {
      const piece = pieces.shift()
      if (piece === undefined) break
      const [first, rest] = split(piece, left)
      taken.push(first)
      if (rest !== undefined) pieces.unshift(rest)
      left -= first.seconds
    }
    return taken
  }

  return {
    add,
    take() {
      const taken = takePieces()
      return {
        seconds: round(taken.reduce((sum, { seconds }) => sum + seconds, 0)),
        segments: taken
          .map(({ range: [from, to] }): Range => [round(from), round(to)])
          .filter(([from, to]) => from < to),
        putBack() {
          const newer = pieces
          pieces = taken
          for (const piece of newer) add(piece)
        },
      }
    },
  }
}

/** The part that took these seconds, and what is left. */
function split(piece: Piece, seconds: number): [Piece, Piece?] {
  if (piece.seconds <= seconds) return [piece]
  const { range, rate } = piece
  const [from, to] = range
  const at = from + ((to - from) * seconds) / piece.seconds
  return [
    { range: [from, at], rate, seconds },
    { range: [at, to], rate, seconds: piece.seconds - seconds },
  ]
}

/** To the millisecond. */
const round = (seconds: number) => Math.round(seconds * 1000) / 1000
