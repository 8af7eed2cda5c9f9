import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayTicks, roundAbove, roundTimeAbove, timeTicks } from './scale.ts'

test('the top of a chart is a round number that no bar passes', () => {
  assert.deepEqual([0, 1, 3, 5, 11, 201, 999].map(roundAbove), [1, 1, 5, 5, 20, 500, 1000])
  assert.deepEqual(
    [0, 3, 30, 31, 700, 1900, 7300, 400_000].map(roundTimeAbove),
    [1, 5, 30, 60, 900, 3600, 18_000, 720_000],
  )
})

test('the marks under a video are a few round moments from its beginning on', () => {
  assert.deepEqual(
    timeTicks(100).map(({ text }) => text),
    ['0:00', '0:15', '0:30', '0:45', '1:00', '1:15', '1:30'],
  )
  assert.deepEqual(
    timeTicks(4),
    [0, 1, 2, 3, 4].map((second) => ({ at: second / 4, text: `0:0${second}` })),
  )
  assert.deepEqual(timeTicks(0), [])
  for (const seconds of [1, 59, 61, 599, 3599, 3601, 36_000])
    assert.ok(timeTicks(seconds).length <= 8, `${seconds} s has ${timeTicks(seconds).length} marks`)
})

test('the days under a chart are few, and the last one is among them', () => {
  const days = Array.from({ length: 30 }, (_, index) => `2026-03-${String(index + 1).padStart(2, '0')}`)
  assert.deepEqual(
    dayTicks(days, 6).map(({ text }) => text),
    ['Mar 5', 'Mar 10', 'Mar 15', 'Mar 20', 'Mar 25', 'Mar 30'],
  )
  assert.deepEqual(dayTicks(['2026-03-01']), [{ at: 0.5, text: 'Mar 1' }])
  assert.deepEqual(dayTicks([]), [])
})
