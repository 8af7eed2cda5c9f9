import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepRecent } from './recent.ts'

test('what is used goes on being remembered, and what is not is forgotten', () => {
  const recent = keepRecent<{ of: string }>(3)
  recent.set('used', { of: 'used' })
  recent.set('unused', { of: 'unused' })
  for (let i = 0; i < 20; i += 1) {
    recent.set(`other ${i}`, { of: `other ${i}` })
    assert.equal(recent.get('used')?.of, 'used', `after ${i} others`)
  }
  assert.equal(recent.get('unused'), undefined)
})

test('it holds twice its size at most', () => {
  const recent = keepRecent<object>(10)
  const keys = Array.from({ length: 1000 }, (_, i) => `key ${i}`)
  for (const key of keys) recent.set(key, {})
  const held = keys.toReversed().findIndex((key) => recent.get(key) === undefined)
  assert.ok(held >= 10 && held <= 20, String(held))
})

test('what is deleted is gone, however old it is', () => {
  const recent = keepRecent<object>(1)
  recent.set('a', {})
  recent.set('b', {})
  recent.delete('a')
  recent.delete('b')
  assert.equal(recent.get('a'), undefined)
  assert.equal(recent.get('b'), undefined)
})
