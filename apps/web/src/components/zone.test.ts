import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayIn, longDay, momentIn, zonesToChoose } from './zone.ts'

test('a moment belongs to another day elsewhere', () => {
  const moment = new Date('2026-03-04T23:30:00Z')
  assert.equal(dayIn('UTC', moment), '2026-03-04')
  assert.equal(dayIn('Asia/Tokyo', moment), '2026-03-05')
  assert.equal(dayIn('Pacific/Kiritimati', new Date('2026-12-31T10:00:00Z')), '2027-01-01')
  assert.equal(momentIn('Asia/Tokyo', moment), 'Thursday, 5 March 2026 at 08:30')
})

test('a zone that the browser does not list can stay chosen', () => {
  const zones = zonesToChoose('Asia/Calcutta')
  assert.ok(zones.includes('Asia/Calcutta') && zones.includes('UTC') && zones.includes('Europe/Berlin'))
  assert.equal(new Set(zones).size, zones.length)
})

test('a calendar day is told as that day, wherever the browser is', () => {
  assert.equal(longDay('2026-03-04'), 'March 4, 2026')
})
