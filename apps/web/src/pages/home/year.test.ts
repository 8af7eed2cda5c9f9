import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monthsOf, movedBy, weekdays, yearOf } from './year.ts'

const today = '2026-03-04'

test('a year is the 365 days that end today, each in the row of its weekday', () => {
  const cells = yearOf([], today)
  assert.equal(cells.length, 365)
  assert.equal(cells[0]?.date, '2025-03-05')
  assert.equal(cells.at(-1)?.date, '2026-03-04')
  assert.equal(cells.at(-1)?.row, 3)
  assert.equal(weekdays[3], 'Wednesday')
  assert.ok(cells.every(({ row, date }) => new Date(date).getUTCDay() === row))
  assert.equal(cells.at(-1)?.column, 52)
})

test('days are shaded by how they compare with the busiest one', () => {
  const counts = { '2026-03-01': 8, '2026-03-02': 1, '2026-03-03': 4 }
  const activity = Object.entries(counts).map(([date, count]) => ({ date, count }))
  const levels = yearOf(activity, today)
    .slice(-4)
    .map(({ level }) => level)
  assert.deepEqual(levels, [4, 1, 2, 0])
})

test('every month of the year is named once', () => {
  const names = monthsOf(yearOf([], today)).map(({ name }) => name)
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

test('a keyboard walks the year by days, weeks and months, and does not leave it', () => {
  const from = (index: number, ...keys: string[]) => keys.map((key) => movedBy(key, index, 365))
  assert.deepEqual(from(100, 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'), [99, 101, 93, 107])
  assert.deepEqual(from(100, 'PageUp', 'PageDown', 'Home', 'End'), [72, 128, 0, 364])
  assert.deepEqual(from(3, 'ArrowLeft', 'PageUp'), [3, 3])
  assert.deepEqual(from(364, 'ArrowDown', 'ArrowRight'), [364, 364])
  assert.deepEqual(from(100, 'Tab', 'Enter', 'a'), [undefined, undefined, undefined])
})
