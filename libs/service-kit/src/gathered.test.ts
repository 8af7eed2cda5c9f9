import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from './errors.ts'
import { createGathered } from './gathered.ts'

/** Work that waits for its gate, and what it was given. */
function watched(options: { largestGroup?: number; now?: () => number } = {}) {
  const groups: string[] = []
  const gate = Promise.withResolvers<void>()
  const gathered = createGathered({
    ...options,
    work: async (key: string, items: number[]) => {
      groups.push(`${key}: ${items.join()}`)
      await gate.promise
      return items.map((item) => item * 10)
    },
  })
  const open = () => gate.resolve()
  return { gathered, groups, open }
}

test('what comes while work runs is done together in the next run, each with its own outcome', async () => {
  const { gathered, groups, open } = watched()
  const calls = [1, 2, 3].map((item) => gathered('a', item))
  const other = gathered('b', 4)
  assert.deepEqual(groups, ['a: 1', 'b: 4'])
  open()
  assert.deepEqual(await Promise.all([...calls, other]), [10, 20, 30, 40])
  assert.deepEqual(groups, ['a: 1', 'b: 4', 'a: 2,3'])
  assert.equal(await gathered('a', 5), 50)
})

test('no run takes more than the largest group', async () => {
  const { gathered, groups, open } = watched({ largestGroup: 2 })
  const calls = [1, 2, 3, 4].map((item) => gathered('a', item))
  open()
  await Promise.all(calls)
  assert.deepEqual(groups, ['a: 1', 'a: 2,3', 'a: 4'])
})

test('work that fails fails its group alone', async () => {
  let runs = 0
  const gathered = createGathered({
    work: async (_key: string, items: number[]) => {
      runs += 1
      if (runs === 1) throw new Error('no')
      return items
    },
  })
  const [first, second] = [gathered('a', 1), gathered('a', 2)]
  await assert.rejects(first, /no/)
  assert.equal(await second, 2)
})

test('who has waited too long is refused and their work never begun', async () => {
  let time = 0
  const { gathered, groups, open } = watched({ now: () => time })
  const first = gathered('a', 1)
  const late = gathered('a', 2)
  time = 5000
  open()
  assert.equal(await first, 10)
  await assert.rejects(late, (error) => error instanceof Failure && error.code === 'UNAVAILABLE')
  assert.deepEqual(groups, ['a: 1'])
})
