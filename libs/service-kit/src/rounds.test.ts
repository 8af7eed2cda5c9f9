import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRounds, workOnEach } from './rounds.ts'

const log = { warn: () => {} }

test('work is done again and again, never twice at once, and stop waits for the round under way', async () => {
  const third = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let started = 0
  let ended = 0
  const rounds = startRounds({
    name: 'test',
    everyMs: 1,
    log,
    work: async () => {
      assert.equal(started, ended)
      started += 1
      if (started === 3) {
        third.resolve()
        await gate.promise
      }
      ended += 1
    },
  })
  await third.promise
  const stopping = rounds.stop()
  gate.resolve()
  await stopping
  assert.deepEqual([started, ended], [3, 3])
})

test('a round that failed is logged and tried again', async () => {
  const done = Promise.withResolvers<void>()
  const warnings: unknown[] = []
  let tries = 0
  const rounds = startRounds({
    name: 'test',
    everyMs: 2,
    log: { warn: (...args: unknown[]) => void warnings.push(args) },
    work: async () => {
      tries += 1
      if (tries === 1) throw new Error('away')
      done.resolve()
    },
  })
  await done.promise
  await rounds.stop()
  assert.equal(warnings.length, 1)
})

test('rounds that have not begun stop at once', async () => {
  let worked = false
  const rounds = startRounds({ name: 'test', everyMs: 60_000, log, work: async () => (worked = true) })
  await rounds.stop()
  assert.equal(worked, false)
})

test('an item that fails does not keep the others, and the work has failed all the same', async () => {
  const worked: number[] = []
  const working = workOnEach([1, 2, 3], async (item) => {
    if (item === 2) throw new Error('two is away')
    worked.push(item)
  })
  await assert.rejects(working, (error: unknown) => {
    assert.ok(error instanceof AggregateError)
    assert.match(error.message, /1 of 3/)
    assert.match(String(error.errors[0]), /two is away/)
    return true
  })
  assert.deepEqual(worked, [1, 3])
  await workOnEach([4], async (item) => worked.push(item))
  assert.deepEqual(worked, [1, 3, 4])
})
