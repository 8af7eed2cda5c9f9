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

type Lack = Pick<LectureCompletion, 'missing' | 'durationSeconds'>

/** What is not missing. */
export function watchedOf({ missing, durationSeconds }: Lack): Range[] {
  const ends = [0, ...missing.flat(), durationSeconds]
  return Array.from({ length: ends.length / 2 }, (_, index): Range => [
    ends[2 * index] ?? 0,
    ends[2 * index + 1] ?? 0,
  ]).filter(([from, to]) => to > from)
}

/** `0:20 to 0:40`. */
export const stretch = ([from, to]: Range) => `${clock(from)} to ${clock(to)}`

const NAMED = 8
/** What the strip shows, for those who do not see it. */
export function watchedWords(watched: Ranges, { missing, durationSeconds }: Lack): string {
  if (watched.length === 0) return 'Nothing of this lecture is watched yet.'
  if (missing.length === 0) return 'All of this lecture is watched.'
  const named = watched.slice(0, NAMED).map(stretch)
  const more = watched.length - named.length
  const all = more > 0 ? [...named, `${more} more`] : named
  const listed = [all.slice(0, -1).join(', '), ...all.slice(-1)].filter((part) => part !== '').join(' and ')
  return `Watched: ${listed}; ${duration(lengthOf(watched))} of ${duration(durationSeconds)}.`
}

const WORTH_A_BUTTON_SECONDS = 1
/** The missing stretches that are worth going to; if all are tiny, those. */
export function worthWatching(missing: Ranges): Ranges {
  const long = missing.filter(([from, to]) => to - from >= WORTH_A_BUTTON_SECONDS)
  return long.length > 0 ? long : missing
}

/** Whether the server may find the lecture completed, going by what this player has shown on top of what it knew. */
export const mayBeReached = (lack: LectureCompletion, played: Ranges): boolean =>
  !lack.completed && lack.neededSeconds > 0 && lengthOf(unite(watchedOf(lack), played)) >= lack.neededSeconds
