import type { VersionComparison, VersionMeasure } from '@aetherlearn/contracts/analytics/versions'
import { FEWEST_STUDENTS } from '@aetherlearn/contracts/analytics/shapes'
import { LATE_ENOUGH } from '../lectures/difficulty.ts'
import { meanOf, newcombe, welch, wilson, type Estimate } from './statistics.ts'

/** A playback of one version. */
export type VersionPlayback = {
  userId: string
  /** Seconds watched: in order, apart from each other. */
  ranges: [from: number, to: number][]
  againSeconds: number
}
export type VersionWatching = {
  videoId: string
  durationSeconds: number
  playbacks: VersionPlayback[]
}
/** What one student did with one version, in all their playbacks of it. */
export type StudentWatching = {
  /** Of its length, 0 to 1. */
  watchedShare: number
  completed: boolean
  leftEarly: boolean
  /** Of what they played, 0 to 1. */
  rewatchedShare: number
}

/** Students are what is compared: playbacks of one person say the same thing more than once. */
export function studentsOf(
  { durationSeconds, playbacks }: VersionWatching,
  completed: ReadonlySet<string>,
): Map<string, StudentWatching> {
  const byStudent = Map.groupBy(playbacks, ({ userId }) => userId)
  return new Map(
    [...byStudent].map(([userId, theirs]) => {
      const watched = lengthOf(theirs.flatMap(({ ranges }) => ranges))
      const again = theirs.reduce((sum, { againSeconds }) => sum + againSeconds, 0)
      const played = again + theirs.reduce((sum, { ranges }) => sum + lengthOf(ranges), 0)
      const furthest = Math.max(0, ...theirs.flatMap(({ ranges }) => ranges.map(([, to]) => to)))
      return [
        userId,
        {
          watchedShare: durationSeconds === 0 ? 0 : Math.min(1, watched / durationSeconds),
          completed: completed.has(userId),
          leftEarly: furthest < LATE_ENOUGH * durationSeconds,
          rewatchedShare: played === 0 ? 0 : again / played,
        },
      ]
    }),
  )
}

/** Of all ranges together, each second once. */
function lengthOf(ranges: [from: number, to: number][]): number {
  let [length, end] = [0, 0]
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    length += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return length
}

type Values = Pick<StudentWatching, 'watchedShare' | 'rewatchedShare'>
type Answers = Pick<StudentWatching, 'completed' | 'leftEarly'>
type Estimates = Pick<VersionMeasure, 'a' | 'b' | 'difference'>

/** In percent, to a tenth. */
const percents = ({ value, low, high }: Estimate): Estimate => ({
  value: tenth(100 * value),
  low: tenth(100 * low),
  high: tenth(100 * high),
})
/** A zero has no sign here. */
const tenth = (value: number) => Math.round(value * 10) / 10 + 0
/** What lies outside cannot be: it comes from the symmetry of Student’s t. */
const within = (estimate: Estimate, low: number): Estimate => ({
  value: estimate.value,
  low: Math.max(low, estimate.low),
  high: Math.min(1, estimate.high),
})

function ofShares(a: StudentWatching[], b: StudentWatching[], name: keyof Answers): Estimates {
  const share = (students: StudentWatching[]) => ({
    count: students.filter((student) => student[name]).length,
    of: students.length,
  })
  const [one, other] = [share(a), share(b)]
  return {
    a: percents(wilson(one)),
    b: percents(wilson(other)),
    difference: percents(newcombe(one, other)),
  }
}

function ofMeans(a: StudentWatching[], b: StudentWatching[], name: keyof Values): Estimates {
  const [one, other] = [a.map((student) => student[name]), b.map((student) => student[name])]
  return {
    a: percents(within(meanOf(one), 0)),
    b: percents(within(meanOf(other), 0)),
    difference: percents(within(welch(one, other), -1)),
  }
}

type Compared = { measure: VersionMeasure['measure']; more: string; fewer: string } & Estimates

/** In words, with the numbers: an interval with zero in it is no difference that can be told. */
function judged({ measure, more, fewer, ...estimates }: Compared): VersionMeasure {
  const { value, low, high } = estimates.difference
  const differs = low > 0 || high < 0
  const points = (amount: number) => `${Math.abs(amount)} percentage points`
  const ends = [Math.abs(low), Math.abs(high)].toSorted((a, b) => a - b)
  const verdict = differs
    ? `${value > 0 ? more : fewer} by ${points(value)} (${ends[0]} to ${ends[1]}).`
    : `No difference can be told: anything from ${points(low)} ${low < 0 ? 'less' : 'more'} to ${points(high)} ${high < 0 ? 'less' : 'more'} fits these numbers.`
  return { measure, ...estimates, differs, verdict }
}

const CAVEAT =
  'These are students before and after a change, not two groups drawn by lot: who came, when, and what else was changed ' +
  'in the course may be the reason as well. Each interval misses the truth in one of twenty cases, so of four measures ' +
  'one may differ by chance. Students who saw both versions, and those who do not want to be known by name, are left out.'

export function compareVersions(
  a: VersionWatching,
  b: VersionWatching,
  completed: ReadonlySet<string>,
): VersionComparison {
  const [first, second] = [studentsOf(a, completed), studentsOf(b, completed)]
  const both = [...first.keys()].filter((userId) => second.has(userId))
  for (const userId of both) [first, second].forEach((students) => students.delete(userId))
  const [before, after] = [[...first.values()], [...second.values()]]
  const hidden = Math.min(before.length, after.length) < FEWEST_STUDENTS
  const side = ({ videoId, playbacks }: VersionWatching, students: Map<string, unknown>) => ({
    videoId,
    students: students.size,
    playbacks: playbacks.filter(({ userId }) => students.has(userId)).length,
  })
  return {
    a: side(a, first),
    b: side(b, second),
    sawBoth: both.length,
    hidden,
    measures: hidden ? [] : measuresOf(before, after),
    caveat: CAVEAT,
  }
}

const measuresOf = (a: StudentWatching[], b: StudentWatching[]): VersionMeasure[] =>
  [
    {
      ...ofMeans(a, b, 'watchedShare'),
      measure: 'versionWatched' as const,
      more: 'More of it is watched',
      fewer: 'Less of it is watched',
    },
    {
      ...ofShares(a, b, 'completed'),
      measure: 'versionCompleted' as const,
      more: 'More complete it',
      fewer: 'Fewer complete it',
    },
    {
      ...ofShares(a, b, 'leftEarly'),
      measure: 'versionLeftEarly' as const,
      more: 'More leave it early',
      fewer: 'Fewer leave it early',
    },
    {
      ...ofMeans(a, b, 'rewatchedShare'),
      measure: 'versionRewatched' as const,
      more: 'More of it is watched again',
      fewer: 'Less of it is watched again',
    },
  ].map(judged)
