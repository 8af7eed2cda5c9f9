import type { LectureCompletion } from '@aetherlearn/contracts/progress/completion'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { clock, duration } from '../../components/format.ts'

export type Ranges = readonly Range[]
/** The part of `HTMLMediaElement.played` that is read. */
type Played = { readonly length: number; start(index: number): number; end(index: number): number }

/** What this player has shown since its video was loaded. */
export const playedOf = (played: Played): Range[] =>
  Array.from({ length: played.length }, (_, index) => [played.start(index), played.end(index)])

/** Both, in order, and what touches as one piece. */
export function unite(one: Ranges, other: Ranges): Range[] {
  const united: Range[] = []
  for (const [from, to] of [...one, ...other].sort(([a], [b]) => a - b)) {
    const last = united.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else united.push([from, to])
  }
  return united
}

export const lengthOf = (ranges: Ranges): number => ranges.reduce((sum, [from, to]) => sum + to - from, 0)

type Lack = Pick<LectureCompletion, 'missing' | 'durationSeconds' | 'endSlackSeconds'>

/** Credits behind this second are neither missing nor watched. */
export const endOf = ({ durationSeconds, endSlackSeconds }: Lack): number => durationSeconds - endSlackSeconds

/** What is not missing. */
export function watchedOf(lack: Lack): Range[] {
  const ends = [0, ...lack.missing.flat(), endOf(lack)]
  return Array.from({ length: ends.length / 2 }, (_, index): Range => [
    ends[2 * index] ?? 0,
    ends[2 * index + 1] ?? 0,
  ]).filter(([from, to]) => to > from)
}

/** `0:20 to 0:40`. */
export const stretch = ([from, to]: Range) => `${clock(from)} to ${clock(to)}`

const NAMED = 8
/** What the strip shows, for those who do not see it. */
export function watchedWords(watched: Ranges, lack: Lack): string {
  if (watched.length === 0) return 'Nothing of this lecture is watched yet.'
  if (lack.missing.length === 0) return 'All of this lecture is watched.'
  const named = watched.slice(0, NAMED).map(stretch)
  const more = watched.length - named.length
  const all = more > 0 ? [...named, `${more} more`] : named
  const listed = [all.slice(0, -1).join(', '), ...all.slice(-1)].filter((part) => part !== '').join(' and ')
  return `Watched: ${listed}; ${duration(lengthOf(watched))} of ${duration(endOf(lack))}.`
}

const WORTH_A_BUTTON_SECONDS = 1
/** The missing stretches that are worth going to; if all are tiny, those. */
export function worthWatching(missing: Ranges): Ranges {
  const long = missing.filter(([from, to]) => to - from >= WORTH_A_BUTTON_SECONDS)
  return long.length > 0 ? long : missing
}

/** Whether the server may find the lecture completed, going by what this player has shown on top of what it knew. */
export function mayBeReached(lack: LectureCompletion, played: Ranges): boolean {
  const end = endOf(lack)
  const counted = played.flatMap(([from, to]): Range[] => (from < end ? [[from, Math.min(to, end)]] : []))
  const watched = lengthOf(unite(watchedOf(lack), counted))
  return !lack.completed && lack.neededSeconds > 0 && watched >= lack.neededSeconds
}
