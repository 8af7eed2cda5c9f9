import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secondsPlayed } from './segments.ts'

const minute = { grantedMs: 60_000 }

test('a second is played by what plays its middle', () => {
  assert.deepEqual(secondsPlayed([[0, 10]], minute), [0, 10])
  assert.deepEqual(secondsPlayed([[0.4, 1.6]], minute), [0, 2])
  assert.deepEqual(secondsPlayed([[0.6, 1.4]], minute), [])
  assert.deepEqual(secondsPlayed([[1.5, 1.5001]], minute), [1, 2])
})

test('plays that are cut anywhere have each of their seconds once', () => {
  for (let cut = 0; cut <= 12; cut += 0.1) {
    const pairs = secondsPlayed(
      [
        [0, cut],
        [cut, 12],
      ],
      minute,
    )
    const seconds: number[] = []
    for (let i = 0; i < pairs.length; i += 2)
      for (let second = pairs[i] ?? 0; second < (pairs[i + 1] ?? 0); second += 1) seconds.push(second)
    assert.deepEqual(seconds, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], `cut at ${cut}`)
  }
})

test('no more is believed than twice the time that passed and a second, the earliest first', () => {
  assert.deepEqual(secondsPlayed([[0, 100]], { grantedMs: 10_000 }), [0, 21])
  const two: [number, number][] = [
    [50, 60],
    [0, 100],
  ]
  assert.deepEqual(secondsPlayed(two, { grantedMs: 10_000 }), [50, 60, 0, 11])
  assert.deepEqual(secondsPlayed([[0, 100]], { grantedMs: 0 }), [])
})

test('nothing is played after the end of the lecture, nor in what ends before it begins', () => {
  assert.deepEqual(secondsPlayed([[50, 90]], { ...minute, durationSeconds: 60.4 }), [50, 60])
  assert.deepEqual(secondsPlayed([[70, 90]], { ...minute, durationSeconds: 60.4 }), [])
  assert.deepEqual(secondsPlayed([[90, 70]], minute), [])
  assert.deepEqual(secondsPlayed([[43_190, 43_220]], { ...minute, durationSeconds: 0 }), [43_190, 43_200])
})
