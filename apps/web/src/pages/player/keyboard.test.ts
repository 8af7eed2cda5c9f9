import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandOf, nextSpeed } from './keyboard.ts'

const press = (key: string, more = {}) =>
  commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })

test('the usual keys of a player work, in either case', () => {
  assert.deepEqual(press(' '), { do: 'toggle-play' })
  assert.deepEqual(press('K'), { do: 'toggle-play' })
  assert.deepEqual(press('ArrowLeft'), { do: 'skip', seconds: -5 })
  assert.deepEqual(press('7'), { do: 'seek', share: 0.7 })
})

test('the browser keeps its own combinations, and other keys do nothing', () => {
  assert.equal(press('f', { ctrlKey: true }), undefined)
  assert.equal(press('Tab'), undefined)
})

test('the speed goes up and down in steps and stays within them', () => {
  assert.deepEqual(
    [nextSpeed(1, 1), nextSpeed(1, -1), nextSpeed(2, 1), nextSpeed(0.5, -1)],
    [1.25, 0.75, 2, 0.5],
  )
})
