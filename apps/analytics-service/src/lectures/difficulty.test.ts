import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { difficultyOf, type LectureSigns } from './difficulty.ts'

const easy: LectureSigns = {
  uniqueStudents: 20,
  completed: 20,
  watched: 2000,
  again: 0,
  playbacks: 20,
  leftEarly: 0,
}

test('a lecture that everybody watches to its end and completes is easy', () => {
  assert.deepEqual(difficultyOf(easy), {
    uniqueStudents: 20,
    difficulty: 0,
    completedPercent: 100,
    rewatchedPercent: 0,
    leftEarlyPercent: 0,
    reasons: [],
  })
})

test('not completing weighs half, watching again and leaving early a quarter each, and each says so in a sentence', () => {
  const hard = difficultyOf({ ...easy, completed: 5, again: 500, leftEarly: 8 })
  // 75 * 0.5 + 2 * 20 * 0.25 + 40 * 0.25
  assert.deepEqual(hard, {
    uniqueStudents: 20,
    difficulty: 57.5,
    completedPercent: 25,
    rewatchedPercent: 20,
    leftEarlyPercent: 40,
    reasons: [
      '75 % of its students have not completed it.',
      '20 % of what was played was played again.',
      '40 % of the playbacks did not come to its last tenth.',
    ],
  })
  const left = difficultyOf({ ...easy, completed: 19, leftEarly: 8 })
  assert.match(left.reasons[0] ?? '', /last tenth/)
})

test('what players do not tell is null and not 0, and the rest weighs more', () => {
  const silent = difficultyOf({ ...easy, completed: 5, watched: 0, playbacks: 0 })
  assert.deepEqual([silent.difficulty, silent.rewatchedPercent, silent.leftEarlyPercent], [75, null, null])
})

test('of fewer than five students nothing is said but that', () => {
  const { difficulty, completedPercent, rewatchedPercent, leftEarlyPercent, reasons } = difficultyOf({
    ...easy,
    uniqueStudents: 4,
  })
  assert.deepEqual(
    [difficulty, completedPercent, rewatchedPercent, leftEarlyPercent],
    [null, null, null, null],
  )
  assert.deepEqual(reasons, ['Fewer than 5 students have watched it.'])
})

test('a difficulty lies between 0 and 100 and never falls when more give up', () => {
  const count = fc.nat(1000)
  const signs = fc.record({
    uniqueStudents: fc.integer({ min: 5, max: 1000 }),
    completed: count,
    watched: count,
    again: count,
    playbacks: count,
    leftEarly: count,
  })
  fc.assert(
    fc.property(signs, (some) => {
      const { difficulty } = difficultyOf(some)
      assert.ok(difficulty !== null && difficulty >= 0 && difficulty <= 100)
      const fewer = difficultyOf({ ...some, completed: Math.floor(some.completed / 2) }).difficulty
      assert.ok(fewer !== null && fewer >= difficulty)
    }),
  )
})
