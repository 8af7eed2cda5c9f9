import { FEWEST_STUDENTS } from '@aetherlearn/contracts/analytics/shapes'

/** The first answers of one student: question → share of the points, 0 to 1. */
export type FirstAnswers = ReadonlyMap<string, number>
export type ItemNumbers = {
  students: number
  /** The mean score; null: too few students. */
  easiness: number | null
  /** Null where all scored alike as well. */
  discrimination: number | null
}

/** Below this, what is left of a spread of scores comes from rounding. */
const NO_SPREAD = 1e-12

/** Means and products of deviations, by Welford's method: the sum of squares would lose small spreads. */
type Moments = { n: number; meanX: number; meanY: number; xx: number; yy: number; xy: number }
const noMoments = (): Moments => ({ n: 0, meanX: 0, meanY: 0, xx: 0, yy: 0, xy: 0 })

function add(moments: Moments, x: number, y: number) {
  moments.n += 1
  const [dx, dy] = [x - moments.meanX, y - moments.meanY]
  moments.meanX += dx / moments.n
  moments.meanY += dy / moments.n
  moments.xx += dx * (x - moments.meanX)
  moments.yy += dy * (y - moments.meanY)
  moments.xy += dx * (y - moments.meanY)
}

/** Pearson's; null where either side is the same for all. */
function correlation({ xx, yy, xy }: Moments): number | null {
  if (xx < NO_SPREAD || yy < NO_SPREAD) return null
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)))
}

const rounded = (value: number) => Math.round(value * 1000) / 1000

/**
 * Classical item analysis. The discrimination of a question is its correlation with the mean score of the student's other
 * questions: with the question itself among them, which is the usual shortcut, each question would agree with itself. For
 * answers that are right or wrong it is the point-biserial correlation. Who answered one question alone tells nothing of it.
 */
export function analyseQuestions(students: readonly FirstAnswers[]): Map<string, ItemNumbers> {
  const scores = new Map<string, { students: number; sum: number; againstRest: Moments }>()
  for (const answers of students) {
    let total = 0
    for (const score of answers.values()) total += score
    for (const [questionId, score] of answers) {
      const question = scores.get(questionId) ?? { students: 0, sum: 0, againstRest: noMoments() }
      scores.set(questionId, question)
      question.students += 1
      question.sum += score
      if (answers.size > 1) add(question.againstRest, score, (total - score) / (answers.size - 1))
    }
  }
  const numbers = [...scores].map(([questionId, { students: count, sum, againstRest }]) => {
    const r = againstRest.n < FEWEST_STUDENTS ? null : correlation(againstRest)
    const easiness = count < FEWEST_STUDENTS ? null : rounded(sum / count)
    return [
      questionId,
      { students: count, easiness, discrimination: r === null ? null : rounded(r) },
    ] as const
  })
  return new Map(numbers)
}
