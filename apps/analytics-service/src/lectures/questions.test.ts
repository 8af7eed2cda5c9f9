import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { analyseQuestions } from './questions.ts'

/** One row per student, one column per question. */
const analyse = (table: readonly (readonly (number | undefined)[])[]) => {
  const students = table.map(
    (row) => new Map(row.flatMap((score, i) => (score === undefined ? [] : [[`q${i + 1}`, score] as const]))),
  )
  return analyseQuestions(students)
}

test('easiness and discrimination are those that are worked out by hand', () => {
  const numbers = analyse([
    [1, 1, 1, 1],
    [1, 1, 1, 0],
    [1, 1, 0, 0],
    [1, 0, 0, 1],
    [0, 0, 0, 0],
  ])
  // By the textbook's formula of the point-biserial correlation, (M1 - M0) / s * sqrt(p * q): M1 and M0 are the mean scores
  // in the other three questions of those who had this one right and wrong, s is the standard deviation of those scores.
  // q1: p 4/5, others 3 2 1 1 0: M1 7/4, M0 0, s sqrt(15/5 - 1.4 * 1.4) = 1.0198; 1.75 / 1.0198 * 0.4 = 0.6864
  assert.deepEqual(numbers.get('q1'), { students: 5, easiness: 0.8, discrimination: 0.686 })
  // q2: p 3/5, others 3 2 1 2 0: M1 2, M0 1, s sqrt(18/5 - 1.6 * 1.6) = 1.0198; 1 / 1.0198 * 0.4899 = 0.4804
  assert.deepEqual(numbers.get('q2'), { students: 5, easiness: 0.6, discrimination: 0.48 })
  // q4: p 2/5, others 3 3 2 1 0: M1 2, M0 5/3, s sqrt(23/5 - 1.8 * 1.8) = 1.1662; 0.3333 / 1.1662 * 0.4899 = 0.1400
  assert.deepEqual(numbers.get('q4'), { students: 5, easiness: 0.4, discrimination: 0.14 })
})

test('for answers that are right or wrong it is the point-biserial correlation with the rest, for any class', () => {
  const answer = fc.integer({ min: 0, max: 1 })
  const table = fc.array(fc.tuple(answer, answer, answer, answer), { minLength: 5, maxLength: 40 })
  fc.assert(
    fc.property(table, (rows) => {
      const rest = rows.map(([, b, c, d]) => b + c + d)
      const [right, wrong] = [1, 0].map((had) => rest.filter((_, i) => rows[i]?.[0] === had))
      const mean = (of: number[] = []) => of.reduce((sum, one) => sum + one, 0) / of.length
      const spread = Math.sqrt(mean(rest.map((one) => one * one)) - mean(rest) ** 2)
      const p = (right?.length ?? 0) / rows.length
      const found = analyse(rows).get('q1')
      assert.ok(Math.abs((found?.easiness ?? -1) - p) <= 0.0006)
      if (p === 0 || p === 1 || spread < 1e-6) return assert.equal(found?.discrimination, null)
      const expected = ((mean(right) - mean(wrong)) / spread) * Math.sqrt(p * (1 - p))
      assert.ok(Math.abs((found?.discrimination ?? 2) - expected) <= 0.0006)
    }),
  )
})

test('a discrimination lies between -1 and 1, whatever share of the points is given and whoever leaves out what', () => {
  const score = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined })
  const table = fc.array(fc.tuple(score, score, score), { minLength: 5, maxLength: 20 })
  fc.assert(
    fc.property(table, (rows) => {
      for (const { discrimination, easiness, students } of analyse(rows).values()) {
        assert.ok(discrimination === null || (discrimination >= -1 && discrimination <= 1))
        assert.equal(easiness === null, students < 5)
      }
    }),
  )
})

test('a question that those have right who know the rest tells them apart; one that all have right tells nothing', () => {
  const numbers = analyse([1, 1, 1, 0, 0, 0].map((knows) => [knows, knows, 1, 1 - knows]))
  assert.equal(numbers.get('q1')?.discrimination, null, 'with q4 against it the rest is the same for all')
  const agreeing = analyse([1, 1, 1, 0, 0, 0].map((knows) => [knows, knows, 1]))
  assert.equal(agreeing.get('q1')?.discrimination, 1)
  assert.deepEqual(agreeing.get('q3'), { students: 6, easiness: 1, discrimination: null })
  const reversed = analyse([1, 1, 1, 0, 0, 0].map((knows) => [knows, 1 - knows]))
  assert.equal(reversed.get('q1')?.discrimination, -1)
})

test('points of equal share that cannot be written in binary are no spread', () => {
  const numbers = analyse([0, 0.2, 0.4, 0.6, 0.8, 1].map((other) => [0.1, other, 0.3]))
  assert.equal(numbers.get('q1')?.discrimination, null)
})

test('of fewer than five students nothing is said, and who answered nothing else does not count among the rest', () => {
  const four = [1, 0, 1, 0].map((score) => [score, score])
  assert.deepEqual(analyse(four).get('q1'), { students: 4, easiness: null, discrimination: null })
  assert.deepEqual(analyse([...four, [1, undefined]]).get('q1'), {
    students: 5,
    easiness: 0.6,
    discrimination: null,
  })
  assert.deepEqual(analyse([]).size, 0)
})
