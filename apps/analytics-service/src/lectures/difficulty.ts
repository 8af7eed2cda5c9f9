import type { LectureDifficulty } from '@aetherlearn/contracts/analytics/lectures'
import { FEWEST_STUDENTS } from '@aetherlearn/contracts/analytics/shapes'

/** What is known of a lecture. */
export type LectureSigns = {
  uniqueStudents: number
  /** Students who completed it. */
  completed: number
  /** Seconds that playbacks watched, and those that they watched again; playbacks, and those that left early. */
  watched: number
  again: number
  playbacks: number
  leftEarly: number
}
type Numbers = Omit<LectureDifficulty, 'lectureId' | 'lectureTitle'>

/** A playback that came to this share of the lecture did not leave early. */
export const LATE_ENOUGH = 0.9
/** Who watches every second second again finds it as hard as can be. */
const MOST_REWATCHED = 50

const tenth = (value: number) => Math.round(value * 10) / 10
/** At most 100: more may complete a lecture, by hand, than watch it. */
const percent = (part: number, whole: number) =>
  whole === 0 ? null : tenth(Math.min(100, Math.max(0, (100 * part) / whole)))

/**
 * Not completing weighs half, watching again and leaving early a quarter each; what nobody knows, as players do not tell it,
 * is left out and the others weigh more.
 */
export function difficultyOf(signs: LectureSigns): Numbers {
  const { uniqueStudents, completed, watched, again, playbacks, leftEarly } = signs
  if (uniqueStudents < FEWEST_STUDENTS)
    return {
      uniqueStudents,
      difficulty: null,
      completedPercent: null,
      rewatchedPercent: null,
      leftEarlyPercent: null,
      reasons: [`Fewer than ${FEWEST_STUDENTS} students have watched it.`],
    }
  const completedPercent = percent(completed, uniqueStudents)
  const rewatchedPercent = percent(again, watched + again)
  const leftEarlyPercent = percent(leftEarly, playbacks)
  const parts = [
    ...known(
      completedPercent,
      0.5,
      (done) => 100 - done,
      (done) => `${tenth(100 - done)} % of its students have not completed it.`,
    ),
    ...known(
      rewatchedPercent,
      0.25,
      (share) => Math.min(100, (100 * share) / MOST_REWATCHED),
      (share) => `${share} % of what was played was played again.`,
    ),
    ...known(
      leftEarlyPercent,
      0.25,
      (share) => share,
      (share) => `${share} % of the playbacks did not come to its last tenth.`,
    ),
  ]
  const weights = parts.reduce((sum, { weight }) => sum + weight, 0)
  const score = parts.reduce((sum, { weight, points }) => sum + weight * points, 0) / weights
  return {
    uniqueStudents,
    difficulty: tenth(score),
    completedPercent,
    rewatchedPercent,
    leftEarlyPercent,
    reasons: parts
      .filter(({ points }) => points > 0)
      .toSorted((a, b) => b.weight * b.points - a.weight * a.points)
      .map(({ sentence }) => sentence),
  }
}

type Part = { weight: number; points: number; sentence: string }

function known(
  share: number | null,
  weight: number,
  points: (share: number) => number,
  sentence: (share: number) => string,
): Part[] {
  return share === null ? [] : [{ weight, points: points(share), sentence: sentence(share) }]
}
