import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotspotsOf } from './hotspots.ts'
import type { Stretch } from './heat.ts'

/** A lecture of ten stretches that 40 playbacks watched from its beginning to its end, but for what is said. */
function aLecture(odd: Record<number, Partial<Stretch>>): Stretch[] {
  return Array.from({ length: 10 }, (_, i) => ({
    from: 10 * i,
    to: 10 * (i + 1),
    watched: 40,
    rewatched: 2,
    skipped: 2,
    left: 1,
    heat: 0,
    reached: 40,
    ...odd[i],
  }))
}
const found = (odd: Record<number, Partial<Stretch>>) =>
  hotspotsOf(aLecture(odd)).map(({ from, to, kind }) => [from, to, kind])

test('a lecture that is watched evenly has no hotspots', () => {
  assert.deepEqual(found({}), [])
  assert.deepEqual(hotspotsOf([]), [])
})

test('what is played again, skipped or left far more than the rest stands out, with its figures in a sentence', () => {
  const lecture = aLecture({ 2: { rewatched: 20 }, 4: { watched: 24, skipped: 16 }, 6: { left: 8 } })
  assert.deepEqual(hotspotsOf(lecture), [
    {
      from: 20,
      to: 30,
      kind: 'rewatched',
      reason: 'Played again 50 times for 100 playbacks; typical for this lecture are 5 times.',
    },
    {
      from: 40,
      to: 50,
      kind: 'skipped',
      reason: 'Skipped by 40 % of the playbacks that came past it; typical for this lecture are 5 %.',
    },
    {
      from: 60,
      to: 70,
      kind: 'left',
      reason: 'Left for good by 20 % of the playbacks that came to it; typical for this lecture are 3 %.',
    },
  ])
})

test('a hotspot has a least share, at it and not below it', () => {
  assert.deepEqual(found({ 2: { rewatched: 7.9 } }), [])
  assert.deepEqual(found({ 2: { rewatched: 8 } }), [[20, 30, 'rewatched']])
  assert.deepEqual(found({ 2: { left: 3 } }), [])
  assert.deepEqual(found({ 2: { left: 4 } }), [[20, 30, 'left']])
})

test('where all of a lecture is played again nothing of it stands out', () => {
  const even = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, { rewatched: 20 }]))
  assert.deepEqual(found(even), [])
  assert.deepEqual(found({ ...even, 3: { rewatched: 39 } }), [])
  assert.deepEqual(found({ ...even, 3: { rewatched: 40 } }), [[30, 40, 'rewatched']])
})

test('neighbours are one hotspot, with the figure of the strongest', () => {
  const [spot, ...others] = hotspotsOf(
    aLecture({ 2: { rewatched: 10 }, 3: { rewatched: 30 }, 4: { rewatched: 12 } }),
  )
  assert.deepEqual([spot?.from, spot?.to, others], [20, 50, []])
  assert.match(spot?.reason ?? '', /^Played again 75 times/)
})

test('who leaves in the last tenth has watched the lecture', () => {
  assert.deepEqual(found({ 9: { left: 30 } }), [])
  assert.deepEqual(found({ 8: { left: 30 } }), [[80, 90, 'left']])
})

test('four playbacks make no hotspot', () => {
  assert.deepEqual(found({ 2: { watched: 4, rewatched: 4, skipped: 0 } }), [])
  assert.deepEqual(found({ 2: { watched: 5, rewatched: 5, skipped: 0 } }), [[20, 30, 'rewatched']])
})

test('of each kind the five strongest are named, in the order of the lecture', () => {
  const stretches = Array.from({ length: 30 }, (_, i) => aLecture({})[0] ?? assert.fail(String(i)))
  const lecture = stretches.map((stretch, i) => ({
    ...stretch,
    from: 10 * i,
    to: 10 * (i + 1),
    rewatched: i % 4 === 0 ? 20 - i / 4 : 2,
  }))
  assert.deepEqual(
    hotspotsOf(lecture).map(({ from }) => from),
    [0, 40, 80, 120, 160],
  )
})
