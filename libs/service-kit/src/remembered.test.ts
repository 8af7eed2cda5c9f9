import assert from 'node:assert/strict'
import { test } from 'node:test'
import { remember } from './remembered.ts'

type Row = { name: string }

/** A small database that counts how often it is asked, and can be away or slow. */
function aSource() {
  const rows = new Map<string, Row>([['a', { name: 'first' }]])
  const source = { rows, reads: 0, away: false, gate: Promise.resolve() }
  const clock = { now: 0 }
  const read = async (keys: string[]) => {
    source.reads += 1
    if (source.away) throw new Error('away')
    const found = keys.flatMap((key) => {
      const row = rows.get(key)
      return row === undefined ? [] : [[key, row] as const]
    })
    await source.gate
    return new Map(found)
  }
  const memory = remember<Row>({ max: 2, read, freshMs: 100, usableMs: 1000, now: () => clock.now })
  return { source, clock, memory }
}

test('an answer is read once while it is fresh', async () => {
  const { source, memory } = aSource()
  await Promise.all([memory.get('a'), memory.get('a')])
  assert.equal((await memory.get('a'))?.name, 'first')
  assert.equal(source.reads, 1)
})

test('a fresh answer can be had without waiting, and nothing else can', async () => {
  const { source, clock, memory } = aSource()
  assert.equal(memory.fresh('a'), undefined)
  await memory.get('a')
  assert.equal(memory.fresh('a')?.name, 'first')
  clock.now = 100
  assert.equal(memory.fresh('a'), undefined)
  assert.equal(source.reads, 1)
})

test('what does not exist is asked for again each time', async () => {
  const { source, memory } = aSource()
  assert.equal(await memory.get('b'), undefined)
  source.rows.set('b', { name: 'new' })
  assert.equal((await memory.get('b'))?.name, 'new')
})

test('an answer no longer fresh is given at once and renewed for the next call', async () => {
  const { source, clock, memory } = aSource()
  await memory.get('a')
  source.rows.set('a', { name: 'second' })
  clock.now = 150
  assert.equal((await memory.get('a'))?.name, 'first')
  await memory.reread('a')
  assert.equal((await memory.get('a'))?.name, 'second')
})

test('while the database is away what was known goes on, and it is asked once in a while only', async () => {
  const { source, clock, memory } = aSource()
  await memory.get('a')
  source.away = true
  clock.now = 5000
  assert.equal((await memory.get('a'))?.name, 'first')
  assert.equal((await memory.get('a'))?.name, 'first')
  assert.equal(source.reads, 2)
  await assert.rejects(memory.get('b'), /away/)
})

test('a very old answer is not given without looking', async () => {
  const { source, clock, memory } = aSource()
  await memory.get('a')
  source.rows.delete('a')
  clock.now = 5000
  assert.equal(await memory.get('a'), undefined)
})

test('what was forgotten during a read is not remembered from that read', async () => {
  const { source, memory } = aSource()
  const gate = Promise.withResolvers<void>()
  source.gate = gate.promise
  const reading = memory.get('a')
  source.rows.set('a', { name: 'changed' })
  memory.forget('a')
  gate.resolve()
  await reading
  assert.equal((await memory.get('a'))?.name, 'changed')
})

test('many keys are read in one go, and only those not known', async () => {
  const { source, memory } = aSource()
  source.rows.set('b', { name: 'other' })
  await memory.get('a')
  const found = await memory.getMany(['a', 'b', 'c'])
  assert.deepEqual([...found.keys()], ['a', 'b'])
  assert.equal(source.reads, 2)
})

test('what was known is at hand when it is read again', async () => {
  const seen: (Row | undefined)[] = []
  const read = async (keys: string[], known: (key: string) => Row | undefined) => {
    seen.push(...keys.map(known))
    return new Map(keys.map((key) => [key, { name: key }]))
  }
  const memory = remember<Row>({ max: 2, read })
  const first = await memory.get('a')
  await memory.reread('a')
  assert.deepEqual(seen, [undefined, first])
})

test('what takes more room than there is makes that go which nobody asked for the longest', async () => {
  let reads = 0
  const read = async (keys: string[]) => {
    reads += 1
    return new Map(keys.map((key) => [key, { name: key }]))
  }
  const memory = remember<Row>({ max: 12, sizeOf: ({ name }) => name.length, read })
  for (const key of ['first', 'other', 'first', 'third', 'first', 'third']) await memory.get(key)
  assert.equal(reads, 3)
  await memory.get('other')
  assert.equal(reads, 4)
})

test('keys that were read at once are not all read again at once', async () => {
  const clock = { now: 0 }
  const keys = Array.from({ length: 400 }, (_, i) => `key${i}`)
  const read = async (asked: string[]) => new Map(asked.map((key) => [key, { name: key }]))
  const memory = remember<Row>({ max: 1000, read, freshMs: 100, now: () => clock.now })
  await memory.getMany(keys)
  const stale = () => keys.filter((key) => memory.fresh(key) === undefined).length
  clock.now = 49
  assert.equal(stale(), 0)
  clock.now = 75
  assert.ok(stale() > 100 && stale() < 300, `${stale()} of ${keys.length}`)
  clock.now = 100
  assert.equal(stale(), keys.length)
})
