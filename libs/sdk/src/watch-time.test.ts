import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resumeSecond, watchedBetween, type Look } from './watch-time.ts'

const at = (seconds: number, position: number, more: Partial<Look> = {}): Look => ({
  atMs: seconds * 1000,
  position,
  rate: 1,
  playing: true,
  ...more,
})

test('playing counts the seconds that passed', () => {
  assert.equal(watchedBetween(at(0, 10), at(5, 15)), 5)
})

test('at double speed a student is credited with their own time, not with the time on the video', () => {
  assert.equal(watchedBetween(at(0, 10, { rate: 2 }), at(5, 20, { rate: 2 })), 5)
})

test('a stalled player counts only what it showed', () => {
  assert.equal(watchedBetween(at(0, 10), at(5, 11)), 1)
})

test('more than the time that passed is never counted', () => {
  assert.equal(watchedBetween(at(0, 10), at(1, 14)), 1)
})

test('going back, pausing and the first look count nothing', () => {
  assert.equal(watchedBetween(at(0, 10), at(1, 2)), 0)
  assert.equal(watchedBetween(at(0, 10, { playing: false }), at(5, 15)), 0)
  assert.equal(watchedBetween(undefined, at(5, 15)), 0)
})

test('a lecture resumes at the saved second, and starts over when it was watched to its end', () => {
  assert.equal(resumeSecond(undefined, 60), 0)
  assert.equal(resumeSecond(20, 60), 20)
  assert.equal(resumeSecond(20, undefined), 20)
  assert.equal(resumeSecond(59.5, 60), 0)
})
