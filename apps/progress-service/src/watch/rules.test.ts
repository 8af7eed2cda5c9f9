import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allWatched, merge, replaces, type StoredRanges } from './rules.ts'

const NOW = 1_800_000_000_000
const at = (watchTime: number, stamp: number) => ({ watchTime, at: stamp })

test('of stored and live positions the later one counts, lecture by lecture', () => {
  const stored = { positions: { a: at(10, 100), b: at(20, 300) }, last: 'b', at: 300 }
  const live = { positions: { a: at(11, 200), b: at(19, 250), c: at(5, 260) }, last: 'c', at: 260 }
  const { positions, last } = merge(stored, live, NOW)
  assert.deepEqual(positions, { a: at(11, 200), b: at(20, 300), c: at(5, 260) })
  assert.equal(last, 'b')
})

test('without live positions the stored ones are all there is', () => {
  const stored = { positions: { a: at(10, 100) }, last: 'a', at: 100 }
  assert.deepEqual(merge(stored, undefined, NOW), stored)
})

test('a sane stamp replaces one from the future, but not the other way round', () => {
  const future = NOW + 3_600_000
  assert.equal(replaces(NOW, future, NOW), true)
  assert.equal(replaces(NOW - 5, NOW, NOW), false)
  assert.equal(replaces(NOW, NOW + 30_000, NOW), false)
  assert.equal(replaces(future - 1, future, NOW), false)
})

test('a lecture of which late reports do not count any more is as one that nobody watched', () => {
  const stored: StoredRanges = { ranges: { a: [] }, lateRanges: { b: [], c: [[0, 5]] } }
  assert.deepEqual(allWatched(stored, { watched: { d: [[1, 2]] } }), { c: [[0, 5]], d: [[1, 2]] })
})
