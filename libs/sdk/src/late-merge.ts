import type { Range } from '@aetherlearn/contracts/progress/shapes'
import type { KeptReport } from './late-box.ts'

/** A player says where it is every few seconds; a report of this much is as good as a hundred of those. */
const LONGEST_MS = 10 * 60_000
/** Between two reports of one player that did not stop. */
const PAUSE_MS = 2000
const MOST_RANGES = 50

const playedMs = ({ ranges = [], rate = 1 }: KeptReport) =>
  (ranges.reduce((sum, [from, to]) => sum + to - from, 0) * 1000) / rate

const isOfOnePlayer = (one: KeptReport, next: KeptReport) =>
  one.courseId === next.courseId &&
  one.lectureId === next.lectureId &&
  one.sessionId === next.sessionId &&
  (one.rate ?? 1) === (next.rate ?? 1) &&
  !one.completed

/** What two reports say that follow each other, as one under the name of the second; nothing where that says something else. */
export function mergedReport(one: KeptReport, next: KeptReport): KeptReport | undefined {
  const pauseMs = next.clientTime - playedMs(next) - one.clientTime
  const [before = [], after = []] = [one.ranges, next.ranges]
  if (!isOfOnePlayer(one, next) || before.length === 0 || after.length === 0) return undefined
  if (Math.abs(pauseMs) > PAUSE_MS || playedMs(one) + playedMs(next) > LONGEST_MS) return undefined
  const ranges = joined(before, after)
  return ranges.length > MOST_RANGES ? undefined : { ...next, ranges }
}

/** In the order in which they were played; one that goes on where the last ended is the same. */
function joined(before: Range[], after: Range[]): Range[] {
  const [last, first] = [before.at(-1), after[0]]
  if (last === undefined || first === undefined || Math.abs(last[1] - first[0]) > 0.01)
    return [...before, ...after]
  return [...before.slice(0, -1), [last[0], first[1]], ...after.slice(1)]
}
