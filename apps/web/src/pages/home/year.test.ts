import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monthsOf, yearOf } from './year.ts'

const now = new Date('2026-03-04T23:30:00Z')

test('a year is the 365 days that end today, each in the row of its weekday', () => {
  const cells = yearOf([], now)
  assert.equal(cells.length, 365)
  assert.equal(cells[0]?.date, '2025-03-05')
  assert.equal(cells.at(-1)?.date, '2026-03-04')
  assert.equal(cells.at(-1)?.row, 3)
  assert.ok(cells.every(({ row, date }) => new Date(date).getUTCDay() === row))
  assert.equal(cells.at(-1)?.column, 52)
})

test('days are shaded by how they compare with the busiest one', () => {
  const counts = { '2026-03-01': 8, '2026-03-02': 1, '2026-03-03': 4 }
  const activity = Object.entries(counts).map(([date, count]) => ({ date, count }))
  const levels = yearOf(activity, now)
    .slice(-4)
    .map(({ level }) => level)
  assert.deepEqual(levels, [4, 1, 2, 0])
})

test('every month of the year is named once', () => {
  const names = monthsOf(yearOf([], now)).map(({ name }) => name)
  assert.deepEqual(names, [
    'Apr',
    'May',
    'Jun',
    'Jul',
    'Aug',
    'Sep',
    'Oct',
    'Nov',
    'Dec',
    'Jan',
    'Feb',
    'Mar',
  ])
})
