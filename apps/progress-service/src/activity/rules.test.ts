import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { daysAfter, type Day } from './days.ts'
import { extendStreak, liveStreak, mayMark, mayMove, noStreak, streakOf, type Streak } from './rules.ts'
import type { Zones } from './zones.ts'

const after = (...days: Day[]) => streakOf(days, [])
/** The numbers of days after 2026-03-01. */
const days = (...numbers: number[]): Day[] => numbers.map((number) => daysAfter('2026-03-01', number))
const inARow = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i)

test('a streak grows by one each day in a row', () => {
  const first = { currentStreak: 1, longestStreak: 1, lastActiveDate: '2026-03-01', freezeDays: 0 }
  assert.deepEqual(after('2026-03-01'), first)
  assert.equal(after('2026-02-28', '2026-03-01', '2026-03-02').currentStreak, 3)
  assert.equal(after('2028-02-28', '2028-02-29', '2028-03-01').currentStreak, 3)
  assert.equal(after('2026-12-31', '2027-01-01').currentStreak, 2)
})

test('a day left out begins a new streak, and the longest stays', () => {
  const streak = after('2026-03-01', '2026-03-02', '2026-03-03', '2026-03-05')
  const expected = { currentStreak: 1, longestStreak: 3, lastActiveDate: '2026-03-05', freezeDays: 0 }
  assert.deepEqual(streak, expected)
})

test('seven days in a row earn a freeze day, and two are the most', () => {
  assert.equal(after(...days(...inARow(6))).freezeDays, 0)
  assert.equal(after(...days(...inARow(7))).freezeDays, 1)
  assert.equal(after(...days(...inARow(14))).freezeDays, 2)
  assert.equal(after(...days(...inARow(70))).freezeDays, 2)
})

test('a missed day takes a freeze day, and the streak goes on without counting it', () => {
  const streak = after(...days(...inARow(7), 8))
  assert.deepEqual([streak.currentStreak, streak.freezeDays], [8, 0])
  assert.equal(after(...days(...inARow(7), 8, 10)).currentStreak, 1)
  const two = after(...days(...inARow(14), 16))
  assert.deepEqual([two.currentStreak, two.freezeDays], [15, 0])
})

test('more missed days than freeze days end the streak, and nothing is kept for the next', () => {
  const streak = after(...days(...inARow(7), 9))
  assert.deepEqual([streak.currentStreak, streak.longestStreak, streak.freezeDays], [1, 7, 0])
})

test('a streak is alive until the end of the next day, and of one more for each freeze day', () => {
  const live = (streak: Streak, day: number) => {
    const { currentStreak, freezeDays } = liveStreak(streak, daysAfter('2026-03-01', day), [])
    return [currentStreak, freezeDays]
  }
  const short = after(...days(0, 1))
  assert.deepEqual([1, 2, 3].map((day) => live(short, day)), [[2, 0], [2, 0], [0, 0]]) // prettier-ignore
  const long = after(...days(...inARow(14)))
  assert.deepEqual([14, 15, 16, 17].map((day) => live(long, day)), [[14, 2], [14, 1], [14, 0], [0, 0]]) // prettier-ignore
  assert.deepEqual(live(noStreak, 3), [0, 0])
})

test('a streak survives a flight over the date line in both directions', () => {
  const home = { from: 0, zone: 'America/Los_Angeles' }
  const there = { from: Date.parse('2026-06-10T06:30:00Z'), zone: 'Pacific/Auckland' }
  const back = { from: Date.parse('2026-06-20T08:00:00Z'), zone: 'America/Los_Angeles' }
  const active = ['2026-06-08', '2026-06-09', '2026-06-11']
  assert.equal(streakOf(active, [home, there]).currentStreak, 3)
  assert.equal(streakOf(active, [home]).currentStreak, 1)
  const again = ['2026-06-18', '2026-06-19', '2026-06-20', '2026-06-21']
  assert.equal(streakOf(again, [home, there, back]).currentStreak, 4)
})

test('activity is marked at most once a minute', () => {
  const first = new Date('2026-03-01T10:00:00Z')
  assert.equal(mayMark(undefined, first), true)
  assert.equal(mayMark(first, new Date('2026-03-01T10:00:59.999Z')), false)
  assert.equal(mayMark(first, new Date('2026-03-01T10:01:00Z')), true)
})

test('a zone can be chosen twenty times a week', () => {
  const chosen = Array.from({ length: 20 }, (_, hour) => ({ from: hour * 3_600_000, zone: 'UTC' }))
  assert.equal(mayMove(chosen.slice(1), 20 * 3_600_000), true)
  assert.equal(mayMove(chosen, 20 * 3_600_000), false)
  assert.equal(mayMove(chosen, 7 * 24 * 3_600_000), true)
})

/** As the store does: one step for a day later than all others, anew for one that comes late. */
function arriving(order: Day[], zones: Zones): Streak {
  const active = new Set<Day>()
  let streak = noStreak
  for (const day of order) {
    const isLatest = streak.lastActiveDate === null || day > streak.lastActiveDate
    if (!active.has(day)) streak = isLatest ? extendStreak(streak, day, zones) : streak
    const isLate = !active.has(day) && !isLatest
    active.add(day)
    if (isLate) streak = streakOf([...active].sort(), zones)
  }
  return streak
}

const someDays = fc.array(fc.nat(60), { maxLength: 60 }).map((numbers) => days(...numbers))
const flight = fc.record({
  from: fc.integer({ min: Date.parse('2026-03-01'), max: Date.parse('2026-05-01') }),
  zone: fc.constantFrom('Pacific/Kiritimati', 'Etc/GMT+12', 'UTC'),
})
const someFlights = fc.array(flight, { maxLength: 4 }).map((all) => all.toSorted((a, b) => a.from - b.from))

test('a streak is the same in whatever order its days arrive, and however often', () => {
  const shuffled = someDays.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  )
  fc.assert(
    fc.property(shuffled, someFlights, ([all, order], zones) => {
      const expected = streakOf([...new Set(all)].sort(), zones)
      assert.deepEqual(arriving(order, zones), expected)
      assert.deepEqual(arriving([...order, ...all], zones), expected)
    }),
  )
})
