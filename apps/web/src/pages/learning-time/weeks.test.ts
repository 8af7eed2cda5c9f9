import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EvidenceEntry } from '@aetherlearn/contracts/progress/evidence'
import { coursesOf, mondayOf, weeksOf } from './weeks.ts'

const [algebra, latin] = ['1'.repeat(24), '2'.repeat(24)]
const entry = (seq: number, date: string, minutes: Record<string, number>): EvidenceEntry => ({
  seq,
  previousHash: '',
  contentHash: '',
  hash: '',
  content: { date, sealedAt: '', parts: [], salt: '' },
  parts: Object.entries(minutes).map(([courseId, amount]) => ({
    courseId,
    minutes: amount,
    lateMinutes: 0,
    completions: 1,
    salt: '',
  })),
})
const report = {
  titles: { [algebra]: 'Algebra' },
  entries: [
    entry(1, '2026-12-31', { [algebra]: 50 }),
    entry(2, '2027-01-03', { [latin]: 20 }),
    entry(3, '2027-01-04', { [algebra]: 5, '': 4 }),
    // In place of the first.
    entry(4, '2026-12-31', { [algebra]: 30 }),
    entry(5, '2027-01-12', {}),
  ],
}

test('a week begins on Monday, over the end of a year as well', () => {
  const days = ['2026-12-27', '2026-12-28', '2027-01-01', '2027-01-03', '2027-01-04']
  assert.deepEqual(days.map(mondayOf), ['2026-12-21', '2026-12-28', '2026-12-28', '2026-12-28', '2027-01-04'])
})

test('weeks and courses add up what holds, and corrected entries only once', () => {
  assert.deepEqual(weeksOf(report), [
    { monday: '2027-01-04', days: 1, minutes: 9, completions: 2 },
    { monday: '2026-12-28', days: 2, minutes: 50, completions: 2 },
  ])
  assert.deepEqual(
    coursesOf(report).map(({ title, minutes }) => [title, minutes]),
    [
      ['Algebra', 35],
      ['A course that is gone', 20],
      ['Course not recorded', 4],
    ],
  )
})
