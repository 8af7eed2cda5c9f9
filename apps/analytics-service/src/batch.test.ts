import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf, dayOfNumber, daysOf, heatOf, numberOfDay, playbackOf, rangesOf } from './batch.ts'

const [algebra, sets] = ['a'.repeat(24), 'b'.repeat(24)]

test('days are those of UTC', () => {
  const midnight = Date.UTC(2026, 1, 28) + 86_400_000
  assert.equal(dayOf(midnight - 1), '2026-02-28')
  assert.equal(dayOf(midnight), '2026-03-01')
  assert.equal(dayOfNumber(numberOfDay(midnight)), '2026-03-01')
})

test('counts are read by day and lecture, those kept apart as well', () => {
  const days = daysOf([
    ['__id', '4711'],
    ['20000:v', '3'],
    [`20000:${algebra}:v`, '2'],
    [`20000:${algebra}:t`, '61000'],
    [`20000:${algebra}:f`, '40'],
    [`20001:${sets}:t`, '5'],
    ['20001:ownv', '7'],
    ['20001:ownt', '8'],
    ['20001:bot', '9'],
    ['20001:rep', '10'],
  ])
  const nothing = { views: 0, ownViews: 0, ownWatchTimeMs: 0, botReports: 0, replayedMs: 0 }
  const apart = { ownViews: 7, ownWatchTimeMs: 8, botReports: 9, replayedMs: 10 }
  assert.deepEqual(
    days,
    new Map([
      [
        '2024-10-04',
        {
          ...nothing,
          views: 3,
          lectures: new Map([[algebra, { views: 2, watchTimeMs: 61_000, freshSeconds: 40 }]]),
        },
      ],
      ['2024-10-05', { ...nothing, ...apart, lectures: new Map([[sets, { views: 0, watchTimeMs: 5 }]]) }],
    ]),
  )
})

test('heat is read by lecture and second', () => {
  const heat = heatOf([
    [`${algebra}:0:w`, '5'],
    [`${algebra}:0:e`, '-1'],
    [`${algebra}:12:r`, '2'],
  ])
  const seconds = heat.get(algebra)
  assert.deepEqual(seconds?.get(0), { watched: 5, again: 0, furthest: -1 })
  assert.deepEqual(seconds?.get(12), { watched: 0, again: 2, furthest: 0 })
})

test('set bits are ranges, up to the last bit', () => {
  assert.deepEqual(rangesOf(Buffer.alloc(0)), [])
  assert.deepEqual(rangesOf(Buffer.from([0b1110_0001, 0b1000_0001])), [
    [0, 3],
    [7, 9],
    [15, 16],
  ])
})

test('a playback is read whatever bytes its seconds make', () => {
  const head = `${algebra}|${sets}|1700000000000|1700000009000|8500,3|`
  // As the sign between the parts, and as what is no character.
  const snapshot = Buffer.concat([Buffer.from(head), Buffer.from([0b0111_1100, 0xff, 0])])
  assert.deepEqual(playbackOf('one', snapshot), {
    id: 'one',
    lectureId: algebra,
    userId: sets,
    startedAt: new Date(1_700_000_000_000),
    at: new Date(1_700_000_009_000),
    watchTimeMs: 8500,
    againSeconds: 3,
    ranges: [
      [1, 6],
      [8, 16],
    ],
  })
})
