import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SecondCounts } from '../batch.ts'
import { addHeat, playbacksOf, segmentsOf, stretchesOf, type Heat } from './heat.ts'

/** A playback as the seconds that it played, in that order. */
type Playback = number[]

/** By asking each playback about each second. */
function heatOf(playbacks: readonly Playback[]): Heat {
  const heat = new Map<number, SecondCounts>()
  for (const played of playbacks.filter((seconds) => seconds.length > 0))
    for (const second of new Set(played)) {
      const known = heat.get(second) ?? { watched: 0, again: 0, furthest: 0 }
      known.watched += 1
      known.again += played.filter((one) => one === second).length - 1
      if (second === Math.max(...played)) known.furthest += 1
      heat.set(second, known)
    }
  return heat
}
const seconds = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const show = (heat: Heat, duration: number, length: number) => segmentsOf(stretchesOf(heat, duration, length))

const DURATION = 47
const playback = fc
  .array(fc.tuple(fc.nat(DURATION - 1), fc.integer({ min: 1, max: 20 })), { maxLength: 5 })
  .map((pieces) => pieces.flatMap(([from, length]) => seconds(from, Math.min(DURATION, from + length))))
const playbacks = fc.array(playback, { maxLength: 8 })

test('a second is watched, watched again, skipped and left by exactly those who did so', () => {
  fc.assert(
    fc.property(playbacks, (all) => {
      const told = all.filter((one) => one.length > 0)
      const segments = show(heatOf(all), DURATION, 1)
      assert.equal(segments.length, DURATION)
      for (const [second, segment] of segments.entries()) {
        const times = told.map((one) => one.filter((played) => played === second).length)
        const passedBy = told.filter((one) => !one.includes(second) && Math.max(...one) > second)
        assert.deepEqual([segment.from, segment.to], [second, second + 1])
        assert.equal(segment.watched, times.filter((n) => n > 0).length)
        assert.equal(
          segment.rewatched,
          times.reduce((sum, n) => sum + Math.max(0, n - 1), 0),
        )
        assert.equal(segment.skipped, passedBy.length)
        assert.equal(segment.left, told.filter((one) => Math.max(...one) === second).length)
      }
    }),
  )
})

test('whatever length is chosen, the seconds played are the same, and everybody leaves once', () => {
  fc.assert(
    fc.property(playbacks, fc.integer({ min: 1, max: 10 }), (all, length) => {
      const heat = heatOf(all)
      const stretches = stretchesOf(heat, DURATION, length)
      assert.equal(stretches.length, Math.ceil(DURATION / length))
      let end = 0
      let [played, left] = [0, 0]
      for (const { from, to, watched, rewatched, left: leaving } of stretches) {
        assert.equal(from, end)
        end = to
        played += (watched + rewatched) * (to - from)
        left += leaving
      }
      assert.equal(end, DURATION)
      assert.ok(Math.abs(played - all.flat().length) < 1e-6)
      assert.equal(left, playbacksOf(heat))
    }),
  )
})

test('in whatever parts the same plays are counted, the segments are the same', () => {
  fc.assert(
    fc.property(
      playbacks,
      fc.infiniteStream(fc.nat(2)),
      fc.integer({ min: 1, max: 10 }),
      (all, choice, length) => {
        const parts: Playback[][] = [[], [], []]
        for (const one of all) parts[choice.next().value ?? 0]?.push(one)
        assert.deepEqual(
          show(addHeat(parts.map(heatOf)), DURATION, length),
          show(heatOf(all), DURATION, length),
        )
      },
    ),
  )
})

test('a playback that came further is moved, not counted twice', () => {
  const before = heatOf([seconds(0, 10)])
  const moved: Heat = new Map([
    [9, { watched: 0, again: 0, furthest: -1 }],
    [10, { watched: 1, again: 0, furthest: 1 }],
  ])
  assert.deepEqual(show(addHeat([before, moved]), 20, 5), show(heatOf([seconds(0, 11)]), 20, 5))
})

test('the most played segment is at 100, and the others stand beside it', () => {
  const heat = heatOf([seconds(0, 30), [...seconds(0, 20), ...seconds(10, 20)], seconds(0, 10)])
  assert.deepEqual(
    show(heat, 30, 10).map(({ watched, rewatched, skipped, left, heat: percent }) => ({
      watched,
      rewatched,
      skipped,
      left,
      percent,
    })),
    [
      { watched: 3, rewatched: 0, skipped: 0, left: 1, percent: 100 },
      { watched: 2, rewatched: 1, skipped: 0, left: 1, percent: 100 },
      { watched: 1, rewatched: 0, skipped: 0, left: 1, percent: 33.3 },
    ],
  )
})

test('the last segment ends with the lecture, and takes those who came further in an older, longer video', () => {
  const heat = heatOf([seconds(0, 40), seconds(0, 12)])
  const segments = show(heat, 24.6, 10)
  assert.deepEqual(
    segments.map(({ from, to, left }) => [from, to, left]),
    [
      [0, 10, 0],
      [10, 20, 1],
      [20, 24.6, 1],
    ],
  )
  // The 25th second has its middle at 24.5.
  assert.equal(show(heat, 24.6, 1).length, 25)
  assert.equal(show(heat, 24.5, 1).length, 24)
})

test('a lecture of unknown length is as long as somebody came, and one that nobody opened has no heat', () => {
  assert.equal(show(heatOf([seconds(0, 12)]), 0, 10).at(-1)?.to, 12)
  assert.deepEqual(show(new Map(), 0, 10), [])
  const cold = { watched: 0, rewatched: 0, skipped: 0, left: 0, heat: 0 }
  assert.deepEqual(show(new Map(), 15, 10), [
    { from: 0, to: 10, ...cold },
    { from: 10, to: 15, ...cold },
  ])
})
