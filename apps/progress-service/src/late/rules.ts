import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { lengthOf, unite, without, type Ranges } from '../watch/ranges.ts'

/** Something watched while the device could not say so. */
export type LateEvent = {
  id: string
  courseId: string
  lectureId: string
  /** The second at which the player stood. */
  watchTime: number
  /** Ms since 1970, on the device's clock. */
  at: number
  /** Seconds of the lecture that were played until then. */
  ranges: Ranges
  rate: number
}

/** What one event is believed: the seconds of its lecture, and the wall time (ms since 1970) they took. */
export type Credit = { event: LateEvent; ranges: Range[]; spans: Range[] }

/** Faster than this, claims are taken as made at this speed. */
const FASTEST_RATE = 2
/** A shorter stretch takes as long as this: short ones side by side would be closed to a long one for nothing. */
const SHORTEST_SECONDS = 1
/** No player goes on for longer without a report; it also bounds how far back an event reaches. */
export const LONGEST_SPAN_MS = 24 * 3600 * 1000

const byId = (a: LateEvent, b: LateEvent) => (a.id < b.id ? -1 : Number(a.id > b.id))
const byMoment = (a: LateEvent, b: LateEvent) => a.at - b.at || byId(a, b)

/**
 * What a set of events is worth, whatever order they came in: each is given the wall time just before its moment,
 * which earlier events or watching that was reported live (`live`) have not used already, and those of its seconds that
 * were played in it. In the order of the moments of the events; two of one id are one.
 */
export function creditLate(events: Iterable<LateEvent>, live: Ranges): Credit[] {
  const known = new Map(Array.from(events, (event) => [event.id, event]))
  const clock = createClock(live)
  return [...known.values()].toSorted(byMoment).map((event) => {
    const claimed = unite(event.ranges, [])
    const rate = Math.min(event.rate, FASTEST_RATE)
    const cost = claimed.reduce((sum, range) => sum + costOf(range), 0)
    const neededMs = Math.min(Math.ceil((cost * 1000) / rate), LONGEST_SPAN_MS)
    const spans = clock.take(event.at - neededMs, event.at)
    const isWhole = lengthOf(spans) === neededMs && neededMs < LONGEST_SPAN_MS
    return { event, spans, ranges: isWhole ? claimed : playedIn(spans, claimed, rate, event.at) }
  })
}

const costOf = ([from, to]: Range) => Math.max(to - from, SHORTEST_SECONDS)

/** Gives each moment once. Asked in the order of `to`, so only the latest of what was taken can be in the way. */
function createClock(live: Ranges) {
  const liveSpans = unite(live, [])
  const taken: Range[] = []
  return {
    take(from: number, to: number): Range[] {
      const inTheWay: Range[] = []
      for (let last = taken.at(-1); last !== undefined && last[1] >= from; last = taken.at(-1)) {
        inTheWay.unshift(last)
        taken.pop()
      }
      if (from < to) taken.push([Math.min(from, inTheWay[0]?.[0] ?? from), to])
      else taken.push(...inTheWay)
      return without(without([[from, to]], inTheWay), near(liveSpans, from, to))
    },
  }
}

/** Those of `spans` (in order and apart) that may touch a stretch. */
function near(spans: Ranges, from: number, to: number): Ranges {
  const first = countWhere(spans, (span) => span[1] <= from)
  return spans.slice(
    first,
    countWhere(spans, (span) => span[0] < to),
  )
}

/** How many at the beginning are so, where all that are so are there. */
function countWhere(spans: Ranges, isSo: (span: Range) => boolean): number {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const span = spans[middle]
    if (span !== undefined && isSo(span)) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * What of the claimed seconds was played in these moments, if it was played up to `at`, one after the other and without
 * a rest. To the millisecond.
 */
function playedIn(spans: Ranges, claimed: Ranges, rate: number, at: number): Range[] {
  const [toSeconds, toMs] = [rate / 1000, 1000 / rate]
  const played: Range[] = []
  let end = at
  for (const range of claimed.toReversed()) {
    const [from, to] = range
    const began = end - (to - from) * toMs
    for (const [start, stop] of near(spans, began, end)) {
      const first = start <= began + ROUNDING_MS ? from : ceil(to - (end - start) * toSeconds)
      const last = stop >= end - ROUNDING_MS ? to : floor(to - (end - stop) * toSeconds)
      if (first < last) played.push([first, last])
    }
    end -= costOf(range) * toMs
  }
  return unite(played, [])
}

/** Moments of our time have no more digits. */
const ROUNDING_MS = 0.01
const ceil = (seconds: number) => Math.ceil(seconds * 1000) / 1000
const floor = (seconds: number) => Math.floor(seconds * 1000) / 1000

/** Which of two positions replaces the other: the later, and of one moment the larger second. */
const byPosition = (a: LateEvent, b: LateEvent) => a.at - b.at || a.watchTime - b.watchTime || byId(a, b)

/** The position that the events leave in each lecture, the latest last. */
export function latestPositions<E extends LateEvent>(events: Iterable<E>): E[] {
  const latest = new Map<string, E>()
  for (const event of events) {
    const place = `${event.courseId}:${event.lectureId}`
    const known = latest.get(place)
    if (known === undefined || byPosition(event, known) > 0) latest.set(place, event)
  }
  return [...latest.values()].toSorted(byPosition)
}

const MINUTE_MS = 60_000

/** The minutes (ms since 1970 at their beginning) in which something was watched that counts. */
export function activeMinutes(credits: Iterable<Credit>): number[] {
  const minutes = new Set<number>()
  for (const { spans } of credits) {
    for (const [from, to] of spans) {
      for (let at = Math.floor(from / MINUTE_MS) * MINUTE_MS; at < to; at += MINUTE_MS) minutes.add(at)
    }
  }
  return [...minutes].toSorted((a, b) => a - b)
}
