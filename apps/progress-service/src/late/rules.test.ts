import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import fc from 'fast-check'
import { lengthOf, SMALLEST_GAP, unite, type Ranges } from '../watch/ranges.ts'
import { activeMinutes, creditLate, latestPositions, type Credit, type LateEvent } from './rules.ts'

const T0 = Date.parse('2026-05-01T12:00:00Z')
const second = 1000

const event = (id: string, atSeconds: number, ranges: Ranges, more: Partial<LateEvent> = {}): LateEvent => ({
  id,
  courseId: 'algebra',
  lectureId: 'sets',
  watchTime: ranges.at(-1)?.[1] ?? 0,
  at: T0 + atSeconds * second,
  ranges,
  rate: 1,
  ...more,
})
const watched = (credits: Credit[]) =>
  unite(
    credits.flatMap((credit) => credit.ranges),
    [],
  )

const stretch = (max: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: max * 4 }), fc.integer({ min: 1, max: 120 }))
    .map(([from, quarters]): Range => [from / 4, (from + quarters) / 4])
const anEvent = fc
  .record({
    atSeconds: fc.integer({ min: 0, max: 200 }),
    ranges: fc.array(stretch(100), { maxLength: 4 }),
    rate: fc.constantFrom(0.5, 1, 1.5, 2, 16),
    watchTime: fc.integer({ min: 0, max: 9 }),
    lectureId: fc.constantFrom('sets', 'maps'),
  })
  .map(({ atSeconds, ranges, ...more }) => event('', atSeconds, ranges, more))
const someEvents = fc
  .array(anEvent, { maxLength: 12 })
  .map((events) => events.map((one, i) => ({ ...one, id: `event-${i}` })))
const liveSpans = fc
  .array(stretch(200), { maxLength: 4 })
  .map((spans) => spans.map(([from, to]): Range => [T0 + from * second, T0 + to * second]))

/** Events as they may arrive: in another order, some of them twice. */
const arrivals = someEvents.chain((events) =>
  fc.tuple(
    fc.constant(events),
    fc
      .tuple(fc.shuffledSubarray(events, { minLength: events.length }), fc.subarray(events))
      .map(([all, again]) => [...again, ...all]),
  ),
)

test('what events are worth depends neither on their order nor on how often each was sent', () => {
  fc.assert(
    fc.property(arrivals, liveSpans, ([events, arrived], live) => {
      const credits = creditLate(events, live)
      assert.deepEqual(creditLate(arrived, live.toReversed()), credits)
      assert.deepEqual(latestPositions(arrived), latestPositions(events))
      assert.deepEqual(activeMinutes(creditLate(arrived, live)), activeMinutes(credits))
    }),
  )
})

test('nobody is credited with more than twice the time that passed on the clock, nor with time watched live', () => {
  fc.assert(
    fc.property(someEvents, liveSpans, (events, live) => {
      const credits = creditLate(events, live)
      const spans = credits.flatMap((credit) => credit.spans)
      const wall = unite(spans, [])
      // No moment was given twice, none of them live.
      assert.ok(Math.abs(lengthOf(wall) - lengthOf(spans)) < 0.01)
      assert.ok(Math.abs(lengthOf(unite(wall, live)) - lengthOf(wall) - lengthOf(unite(live, []))) < 0.01)
      const seconds = credits.reduce((sum, credit) => sum + lengthOf(credit.ranges), 0)
      assert.ok(seconds <= (2 * lengthOf(wall)) / second + 0.001)
    }),
  )
})

test('nothing is credited that no event claims, and what is played one after the other is credited whole', () => {
  fc.assert(
    fc.property(someEvents, liveSpans, (events, live) => {
      for (const { event: of, ranges } of creditLate(events, live)) {
        assert.deepEqual(unite([...of.ranges], ranges), unite(of.ranges, []))
      }
      const inTurn = events.map((one, i) => ({ ...one, at: T0 + i * 10_000 * second }))
      const credited = creditLate(inTurn, []).map(({ ranges }) => ranges)
      assert.deepEqual(
        credited,
        inTurn.map(({ ranges }) => unite(ranges, [])),
      )
    }),
  )
})

test('two tabs that play at the same time are credited with the time of one', () => {
  const one = event('a', 60, [[0, 60]])
  const other = event('b', 60, [[100, 160]], { lectureId: 'maps' })
  assert.deepEqual(watched(creditLate([one, other], [])), [[0, 60]])
})

test('of what was played in time that is used already, only the rest is credited', () => {
  const later: Range[] = [[30, 60], [500, 510]] // prettier-ignore
  const credits = creditLate([event('a', 30, [[0, 30]]), event('b', 40, later)], [])
  assert.deepEqual(watched(credits), [[0, 30], [500, 510]]) // prettier-ignore
})

test('a report that says again what others said credits what they did not say', () => {
  const credits = creditLate([event('a', 5, [[0, 5]]), event('b', 15, [[0, 15]])], [])
  assert.deepEqual(watched(credits), [[0, 15]])
  const live: Range[] = [[T0, T0 + 5 * second]]
  assert.deepEqual(watched(creditLate([event('b', 15, [[0, 15]])], live)), [[5, 15]])
})

test('many short stretches side by side are not one long one', () => {
  const specks = Array.from({ length: 50 }, (_, i): Range => [i / 4, i / 4 + 0.01])
  const credits = creditLate([event('a', 10, specks), event('b', 11, [[0, 0.01]])], [[0, T0]])
  assert.ok(lengthOf(unite(watched(credits), [], SMALLEST_GAP)) < 3)
})

test('at double speed an event is credited with twice the time on the clock, and no speed with more', () => {
  const live: Range[] = [[T0, T0 + 50 * second]]
  assert.deepEqual(watched(creditLate([event('a', 60, [[0, 60]], { rate: 2 })], live)), [[40, 60]])
  assert.deepEqual(watched(creditLate([event('a', 60, [[0, 60]], { rate: 16 })], live)), [[40, 60]])
  assert.deepEqual(watched(creditLate([event('a', 60, [[0, 60]], { rate: 0.5 })], live)), [[0, 30], [55, 60]]) // prettier-ignore
})

test('the latest event leaves its position, of one moment the larger second', () => {
  const events = [
    event('a', 10, [], { watchTime: 50 }),
    event('b', 20, [], { watchTime: 5 }),
    event('c', 20, [], { watchTime: 7 }),
    event('d', 15, [], { watchTime: 1, lectureId: 'maps' }),
  ]
  assert.deepEqual(
    latestPositions(events).map(({ id }) => id),
    ['d', 'c'],
  )
})

test('each minute in which something counted is active once', () => {
  const credits = creditLate(
    [event('a', 70, [[0, 30]]), event('b', 90, [[30, 50]]), event('c', 3600, [])],
    [],
  )
  assert.deepEqual(activeMinutes(credits), [T0, T0 + 60 * second])
})

test('twenty thousand events are credited in a moment', () => {
  const events = Array.from({ length: 20_000 }, (_, i) =>
    event(`event-${i}`, i * 7, [[(i * 5) % 3000, ((i * 5) % 3000) + 10]], { rate: 1 + (i % 3) / 2 }),
  )
  const live = Array.from({ length: 1000 }, (_, i): Range => [
    T0 + i * 90 * second,
    T0 + (i * 90 + 20) * second,
  ])
  const before = process.cpuUsage()
  assert.equal(creditLate(events, live).length, events.length)
  const { user } = process.cpuUsage(before)
  assert.ok(user < 1_500_000, `${user} µs`)
})
