import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { daysAfter, daysBefore, isDay } from './days.ts'
import { dayOf, isLived, livedBetween, zoneAt, zoneNamed, type Zones } from './zones.ts'

const at = (text: string) => Date.parse(text)
const always = (zone: string): Zones => [{ from: 0, zone }]
const dayIn = (zone: string, text: string) => dayOf(at(text), always(zone))

test('a day is a day on the student’s own calendar, UTC before a zone was chosen', () => {
  assert.equal(dayOf(at('2026-03-01T23:59:59.999Z'), []), '2026-03-01')
  assert.equal(dayIn('America/New_York', '2026-03-02T04:59:59Z'), '2026-03-01')
  assert.equal(dayIn('America/New_York', '2026-03-02T05:00:00Z'), '2026-03-02')
  assert.equal(dayIn('Pacific/Kiritimati', '2026-03-01T10:00:00Z'), '2026-03-02')
  assert.equal(dayIn('Etc/GMT+12', '2026-03-01T11:59:00Z'), '2026-02-28')
})

test('days begin at midnight in summer and in winter, and where offsets have halves and quarters of hours', () => {
  assert.equal(dayIn('Europe/Berlin', '2026-03-28T23:00:00Z'), '2026-03-29')
  assert.equal(dayIn('Europe/Berlin', '2026-03-29T21:59:59Z'), '2026-03-29')
  assert.equal(dayIn('Europe/Berlin', '2026-03-29T22:00:00Z'), '2026-03-30')
  assert.equal(dayIn('Europe/Berlin', '2026-10-25T22:59:59Z'), '2026-10-25')
  assert.equal(dayIn('Europe/Berlin', '2026-10-25T23:00:00Z'), '2026-10-26')
  assert.equal(dayIn('Asia/Kolkata', '2026-03-01T18:29:59Z'), '2026-03-01')
  assert.equal(dayIn('Asia/Kolkata', '2026-03-01T18:30:00Z'), '2026-03-02')
  assert.equal(dayIn('Asia/Kathmandu', '2026-03-01T18:15:00Z'), '2026-03-02')
  assert.equal(dayIn('Australia/Lord_Howe', '2026-01-01T12:59:59Z'), '2026-01-01')
  assert.equal(dayIn('Australia/Lord_Howe', '2026-07-01T13:30:00Z'), '2026-07-02')
})

test('a leap day and the turn of a year are days like any other', () => {
  assert.equal(dayIn('Asia/Tokyo', '2028-02-28T15:00:00Z'), '2028-02-29')
  assert.equal(daysBefore('2028-03-01', 1), '2028-02-29')
  assert.equal(daysBefore('2027-01-01', 364), '2026-01-02')
  assert.equal(daysAfter('2026-12-31', 1), '2027-01-01')
  assert.deepEqual(['2028-02-29', '2026-02-29', '2026-13-01'].map(isDay), [true, false, false])
})

test('only names of the time zone database are zones', () => {
  for (const name of [
    'Europe/Berlin',
    'US/Eastern',
    'Asia/Kolkata',
    'Etc/GMT+5',
    'America/Argentina/Ushuaia',
    'UTC',
  ])
    assert.equal(zoneNamed(name), name)
  assert.equal(zoneNamed('europe/berlin'), 'Europe/Berlin')
  for (const name of ['+05:30', '-08', '', 'Mars/Olympus', 'UTC+3', 'local', 'Europe/Berlin ', '__proto__'])
    assert.equal(zoneNamed(name), undefined, name)
})

test('a day that Samoa left out is no missed day there, and one everywhere else', () => {
  assert.equal(isLived('2011-12-30', always('Pacific/Apia')), false)
  assert.equal(isLived('2011-12-29', always('Pacific/Apia')), true)
  assert.equal(isLived('2011-12-31', always('Pacific/Apia')), true)
  assert.equal(isLived('2011-12-30', always('Pacific/Auckland')), true)
})

test('every day that summer time shortens or lengthens is lived', () => {
  const zones = [
    'America/New_York',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'America/Havana',
    'Pacific/Kiritimati',
  ]
  for (const zone of [...zones, 'Etc/GMT+12', 'Pacific/Chatham'])
    assert.equal(livedBetween('2025-12-31', '2027-01-01', 400, always(zone)), 365, zone)
})

test('who flies east over the date line has no missed day; who flies west lives one twice', () => {
  // From Los Angeles on the 9th at 22:30 to Auckland, where it is the 11th at 06:30 after 12 h.
  const east: Zones = [
    { from: 0, zone: 'America/Los_Angeles' },
    { from: at('2026-06-10T17:30:00Z'), zone: 'Pacific/Auckland' },
  ]
  assert.equal(dayOf(at('2026-06-10T05:30:00Z'), east), '2026-06-09')
  assert.equal(dayOf(at('2026-06-10T18:30:00Z'), east), '2026-06-11')
  assert.equal(isLived('2026-06-10', east), false)
  assert.deepEqual([isLived('2026-06-09', east), isLived('2026-06-11', east)], [true, true])
  const west: Zones = [
    { from: 0, zone: 'Pacific/Auckland' },
    { from: at('2026-06-10T08:00:00Z'), zone: 'America/Los_Angeles' },
  ]
  assert.equal(dayOf(at('2026-06-10T07:59:00Z'), west), '2026-06-10')
  assert.equal(dayOf(at('2026-06-10T08:00:00Z'), west), '2026-06-10')
  assert.equal(dayOf(at('2026-06-10T06:59:00Z'), [...west]), '2026-06-10')
  assert.equal(livedBetween('2026-06-08', '2026-06-12', 9, west), 3)
})

test('half a day is lived, less than that is not', () => {
  const leaving = (hour: string): Zones => [{ from: at(`2026-06-10T${hour}Z`), zone: 'Pacific/Kiritimati' }]
  assert.equal(isLived('2026-06-10', leaving('12:00:00')), true)
  assert.equal(isLived('2026-06-10', leaving('11:45:00')), false)
})

const someZone = fc.constantFrom(
  'UTC',
  'America/Los_Angeles',
  'Pacific/Kiritimati',
  'Asia/Kathmandu',
  'Etc/GMT+12',
)
const someMoment = fc.integer({ min: at('2025-01-01'), max: at('2027-01-01') })
const someZones = fc
  .array(fc.record({ from: someMoment, zone: someZone }), { maxLength: 5 })
  .map((changes) => changes.toSorted((a, b) => a.from - b.from))

test('a moment keeps its day when the zone changes later', () => {
  fc.assert(
    fc.property(someZones, someMoment, someZone, fc.array(someMoment), (zones, now, zone, moments) => {
      const before = zones.filter(({ from }) => from <= now)
      const later = [...before, { from: now, zone }]
      for (const moment of moments.filter((one) => one < now))
        assert.equal(dayOf(moment, later), dayOf(moment, before))
      assert.equal(zoneAt(now, later), zone)
    }),
  )
})

test('within one zone no day comes back once it has passed', () => {
  fc.assert(
    fc.property(someZone, someMoment, fc.nat(100 * 3600 * 1000), (zone, moment, more) => {
      assert.ok(dayOf(moment, always(zone)) <= dayOf(moment + more, always(zone)))
    }),
  )
})
