import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf } from '../activity/zones.ts'
import { courseByDay, minutesByDay } from './days.ts'
import type { Credit } from './rules.ts'

test('the minute in which a zone was chosen belongs to that zone, so that a first day is one day', () => {
  const minute = Date.parse('2027-03-01T15:34:00Z')
  const zones = [{ from: minute + 20_000, zone: 'Asia/Tokyo' }]
  const dayAt = (at: number) => dayOf(at, zones)
  assert.deepEqual(minutesByDay([minute, minute + 60_000], dayAt, minute), { '2027-03-02': 2 })
  assert.deepEqual(minutesByDay([minute - 60_000], dayAt, minute), { '2027-03-01': 1 })
})

test('late minutes of a day are of a course where no other was watched on it', () => {
  const [monday, tuesday] = ['2027-03-01T10:00:00Z', '2027-03-02T10:00:00Z'].map((day) => Date.parse(day))
  assert.ok(monday && tuesday)
  const credit = (courseId: string, from: number): Credit => ({
    event: { id: courseId, courseId, lectureId: '', watchTime: 0, at: from, ranges: [], rate: 1 },
    ranges: [],
    spans: [[from, from + 90_000]],
  })
  const credits = [credit('algebra', monday), credit('algebra', tuesday), credit('latin', tuesday + 3600_000)]
  assert.deepEqual(
    [...courseByDay(credits, (at) => dayOf(at, []))],
    [
      ['2027-03-01', 'algebra'],
      ['2027-03-02', ''],
    ],
  )
})
