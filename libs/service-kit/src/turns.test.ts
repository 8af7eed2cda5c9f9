import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from './errors.ts'
import { createTurns } from './turns.ts'

test('work with one key runs one at a time in the order it came; other keys do not wait', async () => {
  const inTurn = createTurns()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = inTurn('a', async () => {
    order.push('first begins')
    await gate.promise
    order.push('first ends')
  })
  const second = inTurn('a', async () => void order.push('second'))
  await inTurn('b', async () => void order.push('other'))
  gate.resolve()
  await Promise.all([first, second])
  assert.deepEqual(order, ['first begins', 'other', 'first ends', 'second'])
})

test('work that fails lets the next one have its turn', async () => {
  const inTurn = createTurns()
  const failing = inTurn('a', () => Promise.reject(new Error('no')))
  const next = inTurn('a', async () => 'done')
  await assert.rejects(failing, /no/)
  assert.equal(await next, 'done')
})

test('work that has waited too long is refused and never begun', async () => {
  let time = 0
  const inTurn = createTurns({ patienceMs: 100, now: () => time })
  const gate = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const first = inTurn('a', () => {
    started.resolve()
    return gate.promise
  })
  await started.promise
  let begun = false
  const late = inTurn('a', async () => {
    begun = true
  })
  time = 101
  gate.resolve()
  await first
  await assert.rejects(late, (error) => error instanceof Failure && error.code === 'UNAVAILABLE')
  assert.equal(begun, false)
  assert.equal(await inTurn('a', async () => 'again'), 'again')
})
