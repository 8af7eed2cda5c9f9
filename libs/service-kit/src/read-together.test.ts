import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTogether } from './read-together.ts'

function aSource() {
  const reads: string[][] = []
  const source = { reads, away: false }
  const read = async (keys: string[]) => {
    reads.push(keys)
    if (source.away) throw new Error('away')
    return new Map(keys.filter((key) => key !== 'none').map((key) => [key, `${key}!`]))
  }
  return { source, read }
}

test('what is asked for in one turn is read together, each key once', async () => {
  const { source, read } = aSource()
  const readOne = readTogether(read, 10)
  const answers = await Promise.all(['a', 'b', 'a', 'none'].map((key) => readOne(key)))
  assert.deepEqual(answers, ['a!', 'b!', 'a!', undefined])
  assert.deepEqual(source.reads, [['a', 'b', 'none']])
})

test('what nobody waits for goes with the next that somebody waits for, or by itself', async () => {
  const { source, read } = aSource()
  const readOne = readTogether(read, 10)
  const lazy = readOne('lazy', { lazily: true })
  assert.equal(await readOne('a'), 'a!')
  assert.equal(await lazy, 'lazy!')
  assert.equal(await readOne('alone', { lazily: true }), 'alone!')
  assert.deepEqual(source.reads, [['lazy', 'a'], ['alone']])
})

test('no read takes more keys than it may', async () => {
  const { source, read } = aSource()
  const readOne = readTogether(read, 2)
  await Promise.all(['a', 'b', 'c'].map((key) => readOne(key)))
  assert.deepEqual(source.reads, [['a', 'b'], ['c']])
})

test('a read that fails fails for all who wait for it, and the next is tried', async () => {
  const { source, read } = aSource()
  const readOne = readTogether(read, 10)
  source.away = true
  const calls = await Promise.allSettled([readOne('a'), readOne('b')])
  assert.deepEqual(
    calls.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  source.away = false
  assert.equal(await readOne('a'), 'a!')
})
