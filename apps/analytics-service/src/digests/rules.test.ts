import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dueWeek, isQuiet, textOf, weekBefore } from './rules.ts'

const at = (text: string) => Date.parse(text)
const DAY_MS = 86_400_000

test('a week is due on the Monday after it from six o’clock on, and stays the one until the next Monday', () => {
  const week = { from: '2026-03-02', to: '2026-03-08' }
  assert.deepEqual(dueWeek(at('2026-03-09T05:59:59.999Z')), weekBefore(week))
  assert.deepEqual(dueWeek(at('2026-03-09T06:00:00Z')), week)
  assert.deepEqual(dueWeek(at('2026-03-16T05:59:59.999Z')), week)
  assert.deepEqual(dueWeek(at('2026-01-05T12:00:00Z')), { from: '2025-12-29', to: '2026-01-04' })
})

test('whenever one asks, the week is a whole one from Monday to Sunday that ended less than eight days ago', () => {
  const moment = fc.integer({ min: at('2000-01-01'), max: at('2100-01-01') })
  fc.assert(
    fc.property(moment, (now) => {
      const { from, to } = dueWeek(now)
      assert.equal(new Date(from).getUTCDay(), 1)
      assert.equal(at(to) - at(from), 6 * DAY_MS)
      const since = now - (at(to) + DAY_MS)
      assert.ok(since >= DAY_MS / 4 && since < 7.25 * DAY_MS)
    }),
  )
})

const weeks = (week: number, before: number) => ({ week, before })
const digest = {
  week: '2026-03-02',
  madeAt: '2026-03-09T06:00:00.000Z',
  numbers: {
    students: weeks(12, 8),
    watchTimeSeconds: weeks(12_600, 3600),
    playbacks: weeks(40, 20),
    enrolments: weeks(1200, 0),
    completions: weeks(0, 1),
  },
  atRisk: 3,
  newAtRisk: 1,
  hotspots: [
    {
      lectureId: '0'.repeat(24),
      lectureTitle: 'Fields',
      from: 70,
      to: 80,
      kind: 'left' as const,
      reason: 'Left for good by 40 %.',
    },
  ],
  hardest: {
    lectureId: '0'.repeat(24),
    lectureTitle: 'Rings',
    difficulty: 80,
    reasons: ['Few complete it.'],
  },
}

test('a week in words has its numbers beside those of the week before, and what to look at', () => {
  assert.equal(
    textOf(digest, 'Algebra'),
    [
      '“Algebra”, the week from 2026-03-02',
      '',
      'Students who watched: 12 (the week before: 8)',
      'Hours watched: 3.5 (the week before: 1)',
      'New students: 1,200 (the week before: 0)',
      'Completed the course: 0 (the week before: 1)',
      'Students at risk: 3, of whom 1 new',
      '',
      'Hardest lecture: Rings. Few complete it.',
      'Worth a look: Fields at 1:10. Left for good by 40 %.',
    ].join('\n'),
  )
})

test('only of a course with nobody in it, in which nothing happened for two weeks, there is nothing to tell', () => {
  const nothing = weeks(0, 0)
  const numbers = {
    students: nothing,
    watchTimeSeconds: nothing,
    playbacks: nothing,
    enrolments: nothing,
    completions: nothing,
  }
  assert.equal(isQuiet(numbers, 0), true)
  assert.equal(isQuiet(numbers, 1), false)
  assert.equal(isQuiet({ ...numbers, playbacks: weeks(0, 1) }, 0), false)
})
