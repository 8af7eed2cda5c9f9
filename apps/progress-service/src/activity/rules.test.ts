import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf, daysBefore } from './days.ts'
import { extendStreak, liveStreak, mayMark, noStreak } from './rules.ts'

const after = (...days: string[]) => days.reduce(extendStreak, noStreak)

test('a streak grows by one each day in a row', () => {
  assert.deepEqual(after('2026-03-01'), { currentStreak: 1, longestStreak: 1, lastActiveDate: '2026-03-01' })
  assert.equal(after('2026-02-28', '2026-03-01', '2026-03-02').currentStreak, 3)
})

test('a leap day and the turn of a year are days like any other', () => {
  assert.equal(after('2028-02-28', '2028-02-29', '2028-03-01').currentStreak, 3)
  assert.equal(after('2026-12-31', '2027-01-01').currentStreak, 2)
  assert.equal(daysBefore('2028-03-01', 1), '2028-02-29')
  assert.equal(daysBefore('2027-01-01', 364), '2026-01-02')
})

test('the same day again changes nothing, and neither does a day before it', () => {
  const streak = after('2026-03-01', '2026-03-02')
  assert.deepEqual(extendStreak(streak, '2026-03-02'), streak)
  assert.deepEqual(extendStreak(streak, '2026-03-01'), streak)
})

test('a day left out begins a new streak, and the longest stays', () => {
  const streak = after('2026-03-01', '2026-03-02', '2026-03-03', '2026-03-05')
  assert.deepEqual(streak, { currentStreak: 1, longestStreak: 3, lastActiveDate: '2026-03-05' })
})

test('a streak is alive until the end of the next day', () => {
  const streak = after('2026-03-01', '2026-03-02')
  assert.equal(liveStreak(streak, '2026-03-02'), 2)
  assert.equal(liveStreak(streak, '2026-03-03'), 2)
  assert.equal(liveStreak(streak, '2026-03-04'), 0)
  assert.equal(liveStreak(noStreak, '2026-03-04'), 0)
})

test('days are days in UTC', () => {
  assert.equal(dayOf(new Date('2026-03-01T23:59:59.999-05:00')), '2026-03-02')
})

test('activity is marked at most once a minute', () => {
  const first = new Date('2026-03-01T10:00:00Z')
  assert.equal(mayMark(undefined, first), true)
  assert.equal(mayMark(first, new Date('2026-03-01T10:00:59.999Z')), false)
  assert.equal(mayMark(first, new Date('2026-03-01T10:01:00Z')), true)
})
