import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf } from '../activity/zones.ts'
import { minutesByDay } from './days.ts'

test('the minute in which a zone was chosen belongs to that zone, so that a first day is one day', () => {
  const minute = Date.parse('2027-03-01T15:34:00Z')
  const zones = [{ from: minute + 20_000, zone: 'Asia/Tokyo' }]
  const dayAt = (at: number) => dayOf(at, zones)
  assert.deepEqual(minutesByDay([minute, minute + 60_000], dayAt, minute), { '2027-03-02': 2 })
  assert.deepEqual(minutesByDay([minute - 60_000], dayAt, minute), { '2027-03-01': 1 })
})
