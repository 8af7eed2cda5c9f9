import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, clock, count, duration } from './format.ts'

test('a position reads like on any player', () => {
  assert.deepEqual([0, 7.9, 60, 723, 3609].map(clock), ['0:00', '0:07', '1:00', '12:03', '1:00:09'])
  assert.equal(clock(Number.NaN), '0:00')
})

test('a length of time is told in its two largest units', () => {
  assert.deepEqual([0, 45, 60, 95, 720, 3600, 3900, 12_503_211].map(duration), [
    '0 s',
    '45 s',
    '1 min',
    '1 min 35 s',
    '12 min',
    '1 h',
    '1 h 5 min',
    '3,473 h',
  ])
})

test('amounts agree with their noun and their unit', () => {
  assert.deepEqual([count(1, 'lecture'), count(1200, 'lecture')], ['1 lecture', '1,200 lectures'])
  assert.deepEqual([bytes(0), bytes(950), bytes(12_500_000)], ['0 B', '950 B', '12.5 MB'])
})
