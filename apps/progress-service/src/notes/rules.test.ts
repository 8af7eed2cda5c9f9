import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as holds, array, constantFrom, integer, property, shuffledSubarray } from 'fast-check'
import { inOrderOf, pageOf, type Place } from './rules.ts'

const hex = (number: number) => number.toString(16).padStart(24, '0')
const lectures = new Map([hex(3), hex(1), hex(2)].map((lectureId) => [lectureId, 60]))
const at = (lecture: number, second: number, id: number): Place => ({
  _id: hex(id),
  lectureId: hex(lecture),
  second,
})

test('notes stand in the order of lectures and seconds; those of lectures that are gone come last', () => {
  const notes = [at(9, 0, 1), at(2, 5, 2), at(1, 7, 3), at(1, 0.5, 4), at(8, 3, 5), at(3, 50, 6), at(1, 7, 0)]
  const sorted = notes.toSorted(inOrderOf(lectures))
  assert.deepEqual(
    sorted.map(({ _id }) => Number.parseInt(_id, 16)),
    [6, 4, 0, 3, 2, 5, 1],
  )
})

const place = property(
  array(
    integer({ min: 0, max: 40 }).map((n) => at(n % 5, (n % 7) / 2, n)),
    { maxLength: 30 },
  ),
  integer({ min: 1, max: 9 }),
  constantFrom('none', 'the last one read'),
  (some, limit, removed) => {
    const notes = [...new Map(some.map((note) => [note._id, note])).values()]
    const read: Place[] = []
    let left = notes
    for (let cursor: string | undefined; ;) {
      const page = pageOf(left, lectures, limit, cursor)
      read.push(...page.places)
      if (page.nextCursor === undefined) break
      cursor = page.nextCursor
      const last = page.places.at(-1)
      if (removed !== 'none') left = left.filter((note) => note !== last)
    }
    assert.deepEqual(read, notes.toSorted(inOrderOf(lectures)))
  },
)

test('pages put together are all notes once, also where the note that a page ended with is removed meanwhile', () => {
  holds(place)
})

test('the order is the same whatever the notes are found in', () => {
  const notes = Array.from({ length: 12 }, (_, n) => at(n % 5, n % 3, n))
  const order = inOrderOf(lectures)
  const once = notes.toSorted(order)
  const found = shuffledSubarray(notes, { minLength: notes.length })
  holds(property(found, (shuffled) => assert.deepEqual(shuffled.toSorted(order), once)))
})
