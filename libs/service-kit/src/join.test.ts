import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJoin } from './join.ts'

test('equal calls at the same time are one run, and later ones run again', async () => {
  const join = createJoin<number>()
  let runs = 0
  const work = async () => (runs += 1)
  assert.deepEqual(await Promise.all([join('a', work), join('a', work), join('b', work)]), [1, 1, 2])
  assert.equal(await join('a', work), 3)
})

test('all who joined see the failure, and the next one tries again', async () => {
  const join = createJoin<string>()
  const broken = () => Promise.reject(new Error('broken'))
  const outcomes = await Promise.allSettled([join('a', broken), join('a', broken)])
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ['rejected', 'rejected'],
  )
  assert.equal(await join('a', async () => 'whole'), 'whole')
})
