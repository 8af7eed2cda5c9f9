import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOfChunk, metadataOf, placeAfter } from './tus-rules.ts'

const parts = { key: 'raw/a', partsId: 'p' }
const plan = { parts, chunkSizeBytes: 5, sizeBytes: 12, state: 'OPEN' as const }
const tail = (index: number, partsId = 'p') => ({ partsId, index, sizeBytes: 2, key: 'tails/a' })
const chunks = (...indexes: number[]) => indexes.map((index) => ({ index }))
const offsetOf = (...[indexes, kept]: [number[], ReturnType<typeof tail>?]) =>
  placeAfter(plan, chunks(...indexes), kept).offset

test('an upload stands after its first whole chunks and the tail that follows them', () => {
  assert.equal(offsetOf([]), 0)
  assert.equal(offsetOf([], tail(0)), 2)
  assert.equal(offsetOf([0]), 5)
  assert.equal(offsetOf([0], tail(1)), 7)
  assert.equal(offsetOf([0, 1, 2]), 12)
})

test('chunks behind a gap count only when it is filled', () => {
  assert.equal(offsetOf([1, 2]), 0)
  assert.equal(offsetOf([0, 2]), 5)
  assert.equal(offsetOf([0, 2], tail(1)), 7)
})

test('a tail of a chunk that has come whole, or of parts that were given up, counts for nothing', () => {
  assert.equal(offsetOf([0], tail(0)), 5)
  assert.equal(offsetOf([], tail(1)), 0)
  assert.equal(offsetOf([0], tail(1, 'others')), 5)
})

test('a finished upload stands at its end, whatever is left of its chunks', () => {
  assert.deepEqual(placeAfter({ ...plan, state: 'DONE' }, [], undefined), { index: 3, offset: 12 })
})

test('all chunks are of one size but the last one, and nothing is behind it', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((index) => bytesOfChunk(plan, index)),
    [5, 5, 2, 0, 0],
  )
})

test('metadata is pairs of a key and text, and a key may stand alone', () => {
  const header = `filename ${Buffer.from('Mängen.mp4').toString('base64')}, is_draft,empty `
  assert.deepEqual(
    [...metadataOf(header)],
    [
      ['filename', 'Mängen.mp4'],
      ['is_draft', ''],
      ['empty', ''],
    ],
  )
  assert.equal(metadataOf(undefined).size, 0)
})
