import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changed, queryOf, searchOf } from './search.ts'

test('from an address only what makes sense is taken', () => {
  assert.deepEqual(searchOf({ q: ' ', level: 'expert', sort: 'price', free: 'yes', other: 1 }), {
    sort: 'price',
  })
  assert.deepEqual(searchOf({ q: 'sets', level: 'beginner', free: true }), {
    q: 'sets',
    level: 'beginner',
    free: true,
  })
})

test('a change replaces what it names, and undefined takes it away', () => {
  const search = { q: 'sets', category: 'Maths' }
  assert.deepEqual(changed(search, { category: undefined, sort: 'newest' }), { q: 'sets', sort: 'newest' })
})

test('free courses are those of price nothing', () => {
  assert.deepEqual(queryOf({ q: 'sets', free: true }), { q: 'sets', maxPrice: 0 })
  assert.deepEqual(queryOf({}), {})
})
