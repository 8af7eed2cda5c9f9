import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_CHUNK_BYTES, MAX_UPLOAD_BYTES } from '@aetherlearn/contracts/upload'
import { assertComplete, chunkBytes } from './rules.ts'

const plan = { chunkSizeBytes: 100, sizeBytes: 250, totalChunks: 3 }
const open = { chunkSizeBytes: 100 }
const at = (index: number, sizeBytes?: number) => ({ index, indexField: 'params.index', sizeBytes })
const rows = (...sizes: number[]) => sizes.map((sizeBytes, index) => ({ index, sizeBytes }))
const fields = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    const { code, options } = error as { code: string; options: { errors?: { field: string }[] } }
    return [code, ...(options.errors ?? []).map(({ field }) => field)]
  }
  return 'accepted'
}

test('every chunk is whole but the last, which is the rest', () => {
  assert.deepEqual(
    [0, 1, 2].map((index) => chunkBytes(plan, at(index))),
    [100, 100, 50],
  )
  assert.equal(chunkBytes(open, at(7, 40)), 40)
})

test('a chunk that has no place in the file, or another length than its place, is refused by name', () => {
  assert.deepEqual(
    fields(() => chunkBytes(plan, at(3, 100))),
    ['INVALID_INPUT', 'params.index'],
  )
  assert.deepEqual(
    fields(() => chunkBytes(plan, at(1, 99))),
    ['INVALID_INPUT', 'chunks.1'],
  )
  assert.deepEqual(
    fields(() => chunkBytes(plan, at(2, 100))),
    ['INVALID_INPUT', 'chunks.2'],
  )
  assert.deepEqual(
    fields(() => chunkBytes(open, at(0, 0))),
    ['INVALID_INPUT', 'chunks.0'],
  )
  assert.deepEqual(
    fields(() => chunkBytes(open, at(0, 101))),
    ['INVALID_INPUT', 'chunks.0'],
  )
  assert.deepEqual(
    fields(() => chunkBytes(open, at(0))),
    ['INVALID_INPUT', 'headers.content-length'],
  )
})

test('nothing is taken that would make a file larger than the largest', () => {
  assert.deepEqual(
    fields(() => chunkBytes(plan, at(0, MAX_CHUNK_BYTES + 1))),
    ['TOO_LARGE'],
  )
  const huge = { chunkSizeBytes: MAX_CHUNK_BYTES }
  const last = MAX_UPLOAD_BYTES / MAX_CHUNK_BYTES - 1
  assert.equal(chunkBytes(huge, at(last, MAX_CHUNK_BYTES)), MAX_CHUNK_BYTES)
  assert.deepEqual(
    fields(() => chunkBytes(huge, at(last + 1, 1))),
    ['TOO_LARGE'],
  )
})

test('an upload is complete when nothing is missing, short or beyond the end; the indexes at fault are named', () => {
  assert.equal(assertComplete(plan, rows(100, 100, 50), 3), 250)
  assert.equal(assertComplete(open, rows(100, 100, 1), 3), 201)
  const gap = [{ index: 1, sizeBytes: 100 }]
  assert.deepEqual(
    fields(() => assertComplete(plan, gap, 3)),
    ['UPLOAD_INCOMPLETE', 'chunks.0', 'chunks.2'],
  )
  assert.deepEqual(
    fields(() => assertComplete(open, rows(100, 7, 100), 3)),
    ['UPLOAD_INCOMPLETE', 'chunks.1'],
  )
  assert.deepEqual(
    fields(() => assertComplete(open, rows(100, 100, 9), 2)),
    ['UPLOAD_INCOMPLETE', 'chunks.2'],
  )
  assert.deepEqual(
    fields(() => assertComplete(plan, rows(100, 100, 50), 2)),
    ['INVALID_INPUT', 'body.totalChunks'],
  )
})
