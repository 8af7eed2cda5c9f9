import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { ownStores } from '@aetherlearn/testing/stores'
import { connectRedis, patientRedis } from './redis.ts'
import { createSharedCache } from './shared-cache.ts'

const stores = await ownStores()
const control = await stores.connectRedis()
const closers: (() => unknown)[] = []
after(async () => {
  for (const close of closers) await close()
  await stores.close()
})

/**
 * One process with its copies. Its commands have time, as a slow machine takes some for a thousand of them; where the server
 * is frozen they are given up soon, as in the services.
 */
async function instance(commandTimeoutMs = 10_000) {
  const redis = await connectRedis(stores.redisUrl, { commandTimeoutMs })
  const subscriber = patientRedis(stores.redisUrl)
  const cache = createSharedCache({ redis, subscriber, channel: 'drops' })
  closers.push(async () => {
    await cache.close()
    redis.disconnect()
    subscriber.disconnect()
  })
  return cache
}

/** A database with one row, whose reads are counted and can be held up. */
function source(text = 'old') {
  const state = { text, reads: 0, gate: Promise.resolve() }
  const load = async () => {
    state.reads += 1
    const { text: seen } = state
    await state.gate
    return seen
  }
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    return () => {
      state.gate = Promise.resolve()
      resolve()
    }
  }
  return { state, load, hold }
}

/** Until it is so; the test's own time limit ends it otherwise. */
async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise(setImmediate)
}

const [here, there] = [await instance(), await instance()]
const read = async (cache: typeof here, key: string, load: () => Promise<string>) =>
  String((await cache.read(key, '', load)).bytes)

test('a thousand who miss at once in two processes are one read of the source', async () => {
  const key = newId()
  const { state, load } = source()
  const all = Array.from({ length: 1000 }, (_, n) => read(n % 2 ? here : there, key, load))
  assert.deepEqual([...new Set(await Promise.all(all))], ['old'])
  assert.equal(state.reads, 1)
})

test('after a drop nobody is given what was read before it, here or in another process', async () => {
  const key = newId()
  const { state, load } = source()
  await Promise.all([here, there].map((cache) => read(cache, key, load)))
  await until(() => there.held(key, '') !== undefined)
  state.text = 'new'
  const dropped = here.drop([key])
  assert.equal(here.held(key, ''), undefined)
  assert.equal(await read(here, key, load), 'new')
  await dropped
  await until(() => there.held(key, '') === undefined)
  assert.equal(await read(there, key, load), 'new')
})

test('whoever asks after a drop does not wait for what was asked before it', async () => {
  const key = newId()
  const { state, load, hold } = source()
  const release = hold()
  const before = read(here, key, load)
  await until(() => state.reads === 1)
  void here.drop([key])
  const fresh = source('new')
  assert.equal(await read(here, key, fresh.load), 'new')
  release()
  assert.equal(await before, 'old')
  assert.equal(await read(here, key, fresh.load), 'new')
})

for (const [what, lose] of [
  ['a drop', (key: string) => here.drop([key])],
  ['the loss of the whole cache', () => control.flushall()],
] as const) {
  test(`what was being read during ${what} is not kept`, async () => {
    const key = newId()
    const { state, load, hold } = source()
    const release = hold()
    const slow = read(there, key, load)
    await until(() => state.reads === 1)
    state.text = 'new'
    await lose(key)
    const fresh = source('new')
    assert.equal(await read(here, key, fresh.load), 'new')
    release()
    await slow
    // What the slow one left, or did not leave, is in the server now.
    await until(
      async () => (await read(here, key, fresh.load)) === 'new' && (await control.hexists(key, 'v:')) === 1,
    )
    assert.equal(await control.hget(key, 'v:'), 'new')
    assert.equal(await read(await instance(), key, load), 'new')
  })
}

test('while the server is frozen the source answers, one read at a time, and nothing old is left afterwards', async () => {
  const key = newId()
  const { state, load, hold } = source()
  const [here, there] = [await instance(400), await instance(400)]
  const clock = ownClock()
  assert.equal(await read(there, key, load), 'old')
  await stores.redis.signal('SIGSTOP')
  try {
    state.text = 'new'
    const dropped = here.drop([key])
    const release = hold()
    const before = state.reads
    const started = clock.now()
    const all = Array.from({ length: 500 }, () => read(here, key, load))
    await until(() => state.reads > before)
    release()
    assert.deepEqual([...new Set(await Promise.all(all))], ['new'])
    assert.equal(state.reads, before + 1)
    await dropped
    assert.ok(clock.now() - started < 1600)
  } finally {
    await stores.redis.signal('SIGCONT')
  }
  // The drop that was not confirmed is made up for.
  await until(async () => (await read(there, key, load)) === 'new')
  assert.equal(await read(await instance(), key, load), 'new')
})

test('a server that comes back with what was dropped meanwhile is not believed', async () => {
  const key = newId()
  const { state, load } = source()
  assert.equal(await read(there, key, load), 'old')
  await until(async () => (await read(there, key, load)) + (await control.hget(key, 'v:')) === 'oldold')
  await stores.redis.signal('SIGKILL')
  state.text = 'new'
  await here.drop([key])
  await stores.redis.restart()
  await until(async () => {
    assert.equal(await read(here, key, load), 'new')
    return (await control.hget(key, 'v:').catch(() => 'old')) !== 'old'
  })
  assert.equal(await read(await instance(), key, load), 'new')
})

test('200 changes and 2,000 reads at once: each author sees the change, and no reader goes back', async () => {
  const key = newId()
  const { state, load } = source('0')
  const reader = async (cache: typeof here) => {
    let last = 0
    for (let n = 0; n < 100; n += 1) {
      const seen = Number(await read(cache, key, load))
      assert.ok(seen >= last, `${seen} after ${last}`)
      last = seen
      if (n % 10 === 0) await new Promise(setImmediate)
    }
  }
  const author = async () => {
    for (let n = 1; n <= 200; n += 1) {
      state.text = String(n)
      const dropped = here.drop([key])
      assert.equal(await read(here, key, load), String(n))
      if (n % 2) await dropped
      if (n === 100) await control.flushall()
    }
  }
  await Promise.all([author(), ...Array.from({ length: 20 }, (_, n) => reader(n % 2 ? here : there))])
  await until(async () => (await read(there, key, load)) === '200')
})

test('a process that hears no drops keeps no copies', async () => {
  const key = newId()
  const { load } = source()
  const cache = await instance()
  await until(async () => {
    await read(cache, key, load)
    return cache.held(key, '') !== undefined
  })
  await control.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  await until(() => cache.held(key, '') === undefined)
})

test('what the source throws is thrown, and the next one asks again', async () => {
  const key = newId()
  const { load } = source()
  await assert.rejects(
    here.read(key, '', () => Promise.reject(new Error('not there'))),
    /not there/,
  )
  assert.equal(await read(there, key, load), 'old')
})
