import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import type { DayCounts } from '../batch.ts'
import { changeOf, comparisonOf, withLive } from './compare-rules.ts'
import { daysIn, lastDays, periodErrors } from './periods.ts'
import { dashboardOf, daysBeyond, dropOff, mergeCounts, type StoredNumbers } from './rules.ts'

const [first, second] = [newId(), newId()]
const course = {
  creatorId: newId(),
  lectures: [
    { lectureId: first, lectureTitle: 'Sets', durationSeconds: 60 },
    { lectureId: second, lectureTitle: 'Maps', durationSeconds: 60 },
  ],
}
type Watched = [views: number, ms: number, freshSeconds?: number]
const day = (views: number, lectures: Record<string, Watched> = {}): DayCounts => ({
  views,
  ownViews: 1,
  ownWatchTimeMs: 1500,
  botReports: 2,
  replayedMs: 250,
  lectures: new Map(
    Object.entries(lectures).map(([id, [plays, watchTimeMs, freshSeconds = 0]]) => [
      id,
      { views: plays, watchTimeMs, freshSeconds },
    ]),
  ),
})
const stored: StoredNumbers = {
  applied: new Set(['old']),
  views: 10,
  watchTimeMs: 60_000,
  ownViews: 0,
  ownWatchTimeMs: 0,
  botReports: 0,
  replayedMs: 0,
  lectures: new Map([[first, { views: 4, watchTimeMs: 60_000, freshSeconds: 45 }]]),
  days: new Map([['2026-03-01', { views: 10, playbacks: 4, watchTimeMs: 60_000, uniqueStudents: 3 }]]),
  storedAt: new Date('2026-03-01T23:00:00Z'),
}
const parts = [
  { id: 'old', days: new Map([['2026-03-01', day(10, { [first]: [4, 60_000] })]]) },
  {
    id: 'new',
    days: new Map([
      ['2026-03-01', day(1)],
      ['2026-03-02', day(2, { [first]: [1, 5000, 15], [second]: [2, 7000, 66] })],
    ]),
  },
]

test('totals, lectures and days are those that are stored and those of batches that are not, each once', () => {
  const { lectures, days, ...sums } = mergeCounts(parts, stored)
  assert.deepEqual(sums, {
    applied: stored.applied,
    views: 13,
    watchTimeMs: 72_000,
    ownViews: 2,
    ownWatchTimeMs: 3000,
    botReports: 4,
    replayedMs: 500,
    storedAt: stored.storedAt,
  })
  assert.deepEqual(Object.fromEntries(lectures), {
    [first]: { views: 5, watchTimeMs: 65_000, freshSeconds: 60 },
    [second]: { views: 2, watchTimeMs: 7000, freshSeconds: 66 },
  })
  assert.deepEqual(Object.fromEntries(days), {
    '2026-03-01': { views: 11, playbacks: 4, watchTimeMs: 60_000, uniqueStudents: 3 },
    '2026-03-02': { views: 2, playbacks: 3, watchTimeMs: 12_000, uniqueStudents: 0 },
  })
})

test('days without anything are there as well, and students of a day are the larger of what both databases know', () => {
  const { overview, byDay } = dashboardOf({
    course,
    counts: mergeCounts(parts, stored),
    uniques: { course: 4, lectures: new Map(), days: new Map([['2026-03-02', 2]]) },
    days: daysIn(lastDays(3, Date.parse('2026-03-02T12:00:00Z'))),
    asOf: new Date('2026-03-02T12:00:00Z'),
  })
  assert.deepEqual(
    byDay.map((one) => Object.values(one)),
    [
      ['2026-02-28', 0, 0, 0, 0],
      ['2026-03-01', 11, 4, 60, 3],
      ['2026-03-02', 2, 3, 12, 2],
    ],
  )
  const { keptApart, averageWatchTimeSeconds, leastWatchedLecture, storedAt } = overview
  assert.deepEqual(keptApart, {
    ownViews: 2,
    ownWatchTimeSeconds: 3,
    botReports: 4,
    replayedSeconds: 0.5,
  })
  assert.deepEqual(
    [averageWatchTimeSeconds, leastWatchedLecture?.lectureTitle, storedAt],
    [18, 'Maps', '2026-03-01T23:00:00.000Z'],
  )
})

test('the ranking is by what was watched for the length, and lectures of unknown length come last', () => {
  const third = newId()
  const unknown = { lectureId: third, lectureTitle: 'Live', durationSeconds: 0 }
  const { ranking, overview } = dashboardOf({
    course: { ...course, lectures: [unknown, ...course.lectures] },
    counts: mergeCounts(
      [{ id: 'new', days: new Map([['2026-03-02', day(0, { [third]: [9, 600_000, 600] })]]) }, ...parts],
      stored,
    ),
    uniques: { course: 4, lectures: new Map(), days: new Map() },
    days: [],
    asOf: new Date(),
  })
  assert.deepEqual(
    ranking.map(({ lectureTitle, uniqueMinutes, timesThrough }) => [
      lectureTitle,
      uniqueMinutes,
      timesThrough,
    ]),
    [
      ['Maps', 1.1, 1.1],
      ['Sets', 1, 1],
      ['Live', 10, null],
    ],
  )
  assert.equal(overview.mostWatchedLecture?.lectureTitle, 'Live')
})

test('of a period only its days count, from live batches too', () => {
  const period = { from: '2026-03-02', to: '2026-03-02' }
  const live = daysBeyond(parts, stored.applied)
  const now = withLive({ days: new Map(), lectures: new Map() }, period, live)
  const before = { days: stored.days, lectures: stored.lectures }
  const numbers = { uniqueStudents: 2, lectureStudents: new Map([[first, 2]]) }
  const { change, lectures, ...both } = comparisonOf(
    course,
    { ...numbers, period, stored: now },
    { ...numbers, uniqueStudents: 3, period: { from: '2026-03-01', to: '2026-03-01' }, stored: before },
  )
  const { averageWatchTimeSeconds } = both.against
  assert.deepEqual(both.period, {
    ...period,
    views: 2,
    playbacks: 3,
    watchTimeSeconds: 12,
    uniqueStudents: 2,
    averageWatchTimeSeconds: 6,
  })
  assert.equal(averageWatchTimeSeconds, 20)
  assert.deepEqual(change, {
    views: -80,
    playbacks: -25,
    watchTimeSeconds: -80,
    uniqueStudents: -33.3,
    averageWatchTimeSeconds: -70,
  })
  const nothing = { views: 0, watchTimeSeconds: 0, uniqueStudents: 0 }
  assert.deepEqual(
    lectures.map((lecture) => [lecture.lectureTitle, lecture.period, lecture.against]),
    [
      [
        'Sets',
        { views: 1, watchTimeSeconds: 5, uniqueStudents: 2 },
        { ...nothing, views: 4, watchTimeSeconds: 60, uniqueStudents: 2 },
      ],
      ['Maps', { views: 2, watchTimeSeconds: 7, uniqueStudents: 0 }, nothing],
    ],
  )
})

test('there is no change to tell from nothing', () => {
  assert.equal(changeOf(0, 5), null)
  assert.equal(changeOf(8, 10), 25)
})

test('nobody drops off before the first lecture, or where more come', () => {
  assert.deepEqual([dropOff(undefined, 3), dropOff(0, 3), dropOff(2, 3), dropOff(3, 2)], [0, 0, 0, 33.3])
})

test('a period is whole days of the calendar, in order, and a year at most', () => {
  const errors = (from: string, to: string) => periodErrors({ from, to }, { from: 'a', to: 'b' })
  assert.deepEqual(errors('2026-01-01', '2026-01-01'), [])
  assert.deepEqual(errors('2024-01-01', '2024-12-31'), [])
  assert.deepEqual(
    [
      errors('2026-02-30', '2026-13-01'),
      errors('2026-01-02', '2026-01-01'),
      errors('2024-01-01', '2025-01-01'),
    ].map((found) => found.map(({ field }) => field)),
    [['query.a', 'query.b'], ['query.b'], ['query.b']],
  )
})

test('days go on over the ends of months and leap years', () => {
  assert.deepEqual(daysIn({ from: '2024-02-28', to: '2024-03-01' }), [
    '2024-02-28',
    '2024-02-29',
    '2024-03-01',
  ])
  assert.equal(daysIn(lastDays(365, Date.now())).length, 365)
})
