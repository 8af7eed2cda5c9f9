import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import fc from 'fast-check'
import { lengthOf, SMALLEST_GAP, unite, without } from './ranges.ts'

const quarter = fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4)
const range = fc.tuple(quarter, quarter).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b) + 0.5])
const ranges = fc.array(range, { maxLength: 12 })
const gap = fc.constantFrom(0, SMALLEST_GAP)

/** The quarters of seconds that are covered, by asking each. */
const covered = (of: readonly Range[]) =>
  Array.from({ length: 405 }, (_, n) => n / 4 + 0.125).filter((at) =>
    of.some(([from, to]) => from <= at && at < to),
  )

test('what is united is the same in any order, in any groups, and as often as it is said', () => {
  fc.assert(
    fc.property(ranges, ranges, ranges, gap, (a, b, c, closed) => {
      const united = unite(unite(a, b, closed), c, closed)
      assert.deepEqual(unite(unite(c, b, closed), a, closed), united)
      assert.deepEqual(unite(united, b, closed), united)
    }),
  )
})

test('united stretches are in order, apart, and cover what their parts cover', () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const united = unite(a, b)
      for (const [index, [from]] of united.entries()) assert.ok(from > (united[index - 1]?.[1] ?? -1))
      assert.deepEqual(covered(united), covered([...a, ...b]))
      assert.equal(lengthOf(united), covered(united).length / 4)
    }),
  )
})

test('what is left without something is the rest', () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const [all, taken] = [unite(a, []), unite(b, [])]
      const left = without(all, taken)
      const known = new Set(covered(taken))
      assert.deepEqual(
        covered(left),
        covered(all).filter((at) => !known.has(at)),
      )
    }),
  )
})

test('a gap that a player leaves between two reports is closed, a longer one is not', () => {
  assert.deepEqual(unite([[0, 5]], [[5.25, 10]], SMALLEST_GAP), [[0, 10]])
  assert.deepEqual(unite([[0, 5]], [[5.5, 10]], SMALLEST_GAP).length, 2)
})
