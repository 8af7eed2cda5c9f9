import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultCompletion, type CompletionRule } from '@aetherlearn/contracts/course/completion'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { completionPercentage, lackOf, neededSeconds, percentage, reachedBy } from './rules.ts'

const byWatching: CompletionRule = { by: 'watching', watchedShare: 0.9 }
const byHand: CompletionRule = { by: 'hand', watchedShare: 0.9 }
const courseOf = (completion: CompletionRule, durationSeconds = 100) => ({
  lectures: new Map([['sets', durationSeconds]]),
  completion,
})

test('a lecture is completed by as much different material as its course asks for, and by nothing less', () => {
  assert.deepEqual(reachedBy({ sets: [[0, 90]] }, courseOf(defaultCompletion)), ['sets'])
  assert.deepEqual(reachedBy({ sets: [[0, 89.98]] }, courseOf(defaultCompletion)), [])
  assert.deepEqual(
    reachedBy(
      {
        sets: [
          [0, 45],
          [55, 100],
        ],
      },
      courseOf(byWatching),
    ),
    ['sets'],
  )
  assert.deepEqual(reachedBy({ sets: [[10, 100]] }, courseOf({ by: 'either', watchedShare: 0.95 })), [])
})

test('watching completes nothing where the course leaves it to its students, or a length is not known', () => {
  assert.deepEqual(reachedBy({ sets: [[0, 100]] }, courseOf(byHand)), [])
  assert.deepEqual(reachedBy({ sets: [[0, 100]] }, courseOf(byWatching, 0)), [])
  assert.deepEqual(reachedBy({ gone: [[0, 100]] }, courseOf(byWatching)), [])
})

test('a lecture that asks for all of itself does not ask for its last second', () => {
  const all: CompletionRule = { by: 'watching', watchedShare: 1 }
  const needed = (durationSeconds: number, completion: CompletionRule) =>
    neededSeconds({ durationSeconds, completion })
  assert.equal(needed(600, all), 599)
  assert.equal(needed(2, all), 1.8)
  assert.equal(needed(600, { by: 'watching', watchedShare: 0.5 }), 300)
})

test('what was watched of a longer video counts as far as the shorter one goes', () => {
  assert.deepEqual(reachedBy({ sets: [[60, 160]] }, courseOf(byWatching)), [])
  assert.equal(
    lackOf({ durationSeconds: 100, completion: byWatching }, { ranges: [[60, 160]], completed: false })
      .watchedSeconds,
    40,
  )
})

test('a percentage is rounded downwards, and 100 means every lecture', () => {
  assert.deepEqual(
    [percentage(199, 200), percentage(200, 200), percentage(0, 0), percentage(1, 3)],
    [99, 100, 0, 33],
  )
})

test('a student is told what is missing, in figures and in a sentence', () => {
  const lecture = { durationSeconds: 3720, completion: byWatching }
  const ranges: Range[] = [
    [0, 187],
    [300, 400],
  ]
  const lack = lackOf(lecture, { ranges, completed: false })
  assert.deepEqual(lack.missing, [
    [187, 300],
    [400, 3720],
  ])
  assert.deepEqual([lack.watchedSeconds, lack.neededSeconds], [287, 3348])
  assert.equal(
    lack.explanation,
    'You have watched 4:47 of 1:02:00; the lecture is completed at 55:48, so 51:01 more is needed.',
  )
  const either = lackOf(
    { durationSeconds: 100, completion: defaultCompletion },
    { ranges: [], completed: false },
  )
  assert.match(either.explanation, /so 1:30 more is needed, or you mark it as completed\.$/)
  const said = (completion: CompletionRule, durationSeconds: number, completed = false) =>
    lackOf({ durationSeconds, completion }, { ranges: [], completed }).explanation
  assert.equal(said(byHand, 100), 'This lecture is completed when you mark it as completed.')
  assert.match(said(byWatching, 0), /^It is not known how long this lecture is/)
  assert.equal(said(byWatching, 100, true), 'You have completed this lecture.')
})

test('the percentage counts lectures of the course, and is 100 only when all are completed', () => {
  const course = { lectures: new Set(['a', 'b', 'c']), totalLectures: 3 }
  assert.equal(completionPercentage([], course), 0)
  assert.equal(completionPercentage(['a', 'b'], course), 66)
  assert.equal(completionPercentage(['a', 'b', 'gone'], course), 66)
  assert.equal(completionPercentage(['a', 'b', 'c', 'gone'], course), 100)
  assert.equal(completionPercentage(['a'], { lectures: new Set(), totalLectures: 0 }), 0)
})
