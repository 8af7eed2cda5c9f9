import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LATE_AT_ONCE, LATE_BYTES, type LateReport } from '@aetherlearn/contracts/progress/late'
import { ApiError } from './client.ts'
import { createLateQueue, type Unsent } from './late-queue.ts'

const courseId = 'c'.repeat(24)
const lectureId = 'a'.repeat(24)
const report = (watchTime: number, more: Partial<Unsent> = {}): Unsent => ({
  courseId,
  lectureId,
  watchTime,
  ...more,
})
const T0 = Date.parse('2026-05-20T12:00:00Z')

/** As `localStorage`: shared by tabs, with room for `room` characters. */
function aStorage(room = Infinity) {
  const items = new Map<string, string>()
  let keys: string[] | undefined
  return {
    get length() {
      return items.size
    },
    key: (index: number) => (keys ??= [...items.keys()])[index] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    removeItem(key: string) {
      keys = undefined
      items.delete(key)
    },
    setItem(key: string, value: string) {
      keys = undefined
      const used = () => [...items.values()].reduce((sum, text) => sum + text.length, 0)
      if (room < Infinity && used() + value.length > room)
        throw new DOMException('full', 'QuotaExceededError')
      items.set(key, value)
    },
  }
}

const refused = (status: number, code: string, fields: string[] = []) =>
  new ApiError({
    type: 'about:blank',
    title: code,
    status,
    code,
    requestId: '',
    ...(fields.length > 0 && { errors: fields.map((field) => ({ field, message: 'is wrong' })) }),
  })

/** Knows reports by their ids, and refuses those that `faultOf` finds something wrong with. */
function aServer(faultOf: (event: LateReport) => string | undefined = () => undefined) {
  const known = new Map<string, LateReport>()
  const calls: LateReport[][] = []
  let failure: Error | undefined
  return {
    known,
    calls,
    fail: (error: Error | undefined) => (failure = error),
    watchTimes: () => [...known.values()].map((event) => event.watchTime),
    progress: {
      batch: async ({ body: { events } }: { body: { events: LateReport[] } }) => {
        calls.push(events)
        if (failure !== undefined) throw failure
        const wrong = events.flatMap((event, i) => {
          const field = faultOf(event)
          return field === undefined ? [] : [`body.events.${i}.${field}`]
        })
        if (wrong.length > 0) throw refused(400, 'INVALID_INPUT', wrong)
        const fresh = events.filter((event) => !known.has(event.id))
        for (const event of fresh) known.set(event.id, event)
        return { message: 'synced', accepted: fresh.length, known: events.length - fresh.length }
      },
    },
  }
}
const offline = new TypeError('fetch failed')
type Queue = ReturnType<typeof createLateQueue>
const leave = (queue: Queue, watchTime: number, atMs?: number) => queue.keep(report(watchTime), atMs).wait()

test('what could not be told is told at the next start, once, the oldest first', async () => {
  const [storage, server] = [aStorage(), aServer()]
  server.fail(offline)
  const before = createLateQueue({ storage, owner: 'ana', progress: server.progress })
  leave(before, 20, T0 + 5000)
  leave(before, 10, T0)
  await before.send()
  server.fail(undefined)
  const later = createLateQueue({ storage, owner: 'ana', progress: server.progress })
  await later.send()
  assert.deepEqual(server.watchTimes(), [10, 20])
  assert.equal(later.size(), 0)
  const count = server.calls.length
  await later.send()
  assert.equal(server.calls.length, count)
})

test('a lost answer loses and doubles nothing', async () => {
  const [storage, server] = [aStorage(), aServer()]
  const lossy = {
    batch: async (input: Parameters<typeof server.progress.batch>[0]) => {
      await server.progress.batch(input)
      throw offline
    },
  }
  const queue = createLateQueue({ storage, owner: 'ana', progress: lossy })
  leave(queue, 10)
  await queue.send()
  assert.equal(queue.size(), 1)
  await createLateQueue({ storage, owner: 'ana', progress: server.progress }).send()
  assert.deepEqual([server.watchTimes(), queue.size()], [[10], 0])
  assert.equal(server.calls.length, 2)
})

test('tabs that share a storage lose nothing of each other, whoever sends', async () => {
  const [storage, server] = [aStorage(), aServer()]
  server.fail(offline)
  const tabs = Array.from({ length: 3 }, () =>
    createLateQueue({ storage, owner: 'ana', progress: server.progress }),
  )
  for (let n = 0; n < 60; n += 1) for (const [i, tab] of tabs.entries()) leave(tab, n * 3 + i, T0 + n)
  server.fail(undefined)
  await Promise.all(tabs.map((tab) => tab.send()))
  const numbers = Array.from({ length: 180 }, (_, n) => n)
  assert.deepEqual(server.watchTimes().toSorted((a, b) => a - b), numbers) // prettier-ignore
  assert.equal(storage.length, 0)
})

test('a report that is being told by itself is not sent as well, but outlives the page that sends it', async () => {
  const [storage, server] = [aStorage(), aServer()]
  const queue = createLateQueue({ storage, owner: 'ana', progress: server.progress })
  const [told, lost] = [queue.keep(report(1)), queue.keep(report(2))]
  await queue.send()
  assert.deepEqual(server.calls, [])
  told.done()
  // The page goes away while `lost` is on its way.
  assert.ok(lost.clientTime > 0)
  await createLateQueue({ storage, owner: 'ana', progress: server.progress }).send()
  assert.deepEqual(server.watchTimes(), [2])
})

test('another person at the same browser neither sends nor sees what is not theirs', async () => {
  const [storage, server] = [aStorage(), aServer()]
  const away = { batch: () => Promise.reject(offline) }
  leave(createLateQueue({ storage, owner: 'ana', progress: away }), 10)
  const other = createLateQueue({ storage, owner: 'ben', progress: server.progress })
  await other.send()
  assert.deepEqual([server.calls, other.size()], [[], 0])
})

test('hours without a connection are few reports, and none that may have been sent becomes part of another', async () => {
  const [storage, server] = [aStorage(), aServer()]
  const playing = (n: number) => report(n * 5 + 5, { ranges: [[n * 5, n * 5 + 5]] })
  let lost = true
  const lossy = {
    batch: async (input: Parameters<typeof server.progress.batch>[0]) => {
      const answer = await server.progress.batch(input)
      if (lost) throw offline
      return answer
    },
  }
  const queue = createLateQueue({ storage, owner: 'ana', progress: lossy })
  for (let n = 0; n < 1440; n += 1) queue.keep(playing(n), T0 + n * 5000).wait()
  await queue.send()
  for (let n = 1440; n < 1444; n += 1) queue.keep(playing(n), T0 + n * 5000).wait()
  lost = false
  await queue.send()
  assert.equal(queue.size(), 0)
  const claimed = [...server.known.values()].flatMap(({ ranges = [] }) => ranges)
  const tens = Array.from({ length: 12 }, (_, i) => [i * 600, i * 600 + 600])
  assert.deepEqual(claimed, [...tens, [7200, 7220]])
})

test('a call holds at most as many reports and bytes as the server takes', async () => {
  const [storage, server] = [aStorage(), aServer()]
  server.fail(offline)
  const queue = createLateQueue({ storage, owner: 'ana', progress: server.progress })
  const ranges = Array.from({ length: 50 }, (_, i): [number, number] => [i * 10 + 0.123, i * 10 + 5.678])
  for (let n = 0; n < 1100; n += 1) queue.keep(report(n, n < 400 ? { ranges } : {}), T0 + n).wait()
  await queue.send()
  server.fail(undefined)
  server.calls.length = 0
  await queue.send()
  assert.equal(server.known.size, 1100)
  for (const events of server.calls) {
    assert.ok(events.length <= LATE_AT_ONCE)
    assert.ok(Buffer.byteLength(JSON.stringify({ events })) <= LATE_BYTES)
  }
})

test('reports that the server names as wrong are given up, and no others', async () => {
  const storage = aStorage()
  const server = aServer((event) => (event.watchTime % 10 === 3 ? 'lectureId' : undefined))
  server.fail(offline)
  const queue = createLateQueue({ storage, owner: 'ana', progress: server.progress })
  for (let n = 0; n < 50; n += 1) leave(queue, n, T0 + n)
  await queue.send()
  server.fail(undefined)
  await queue.send()
  assert.equal(server.known.size, 45)
  assert.equal(queue.size(), 0)
})

test('a batch that is refused without a name is cut up until the one at fault is found', async () => {
  const [storage, server] = [aStorage(), aServer()]
  const strict = {
    batch: async (input: Parameters<typeof server.progress.batch>[0]) => {
      if (input.body.events.some((event) => event.watchTime === 7)) throw refused(413, 'TOO_LARGE')
      return server.progress.batch(input)
    },
  }
  const queue = createLateQueue({ storage, owner: 'ana', progress: strict })
  for (let n = 0; n < 20; n += 1) leave(queue, n, T0 + n)
  await queue.send()
  assert.deepEqual([server.known.size, queue.size()], [19, 0])
})

test('whoever is signed out, limited or met by a broken server keeps everything for later', async () => {
  for (const failure of [
    refused(401, 'UNAUTHENTICATED'),
    refused(429, 'RATE_LIMITED'),
    refused(503, 'UNAVAILABLE'),
    refused(404, 'ROUTE_NOT_FOUND'),
  ]) {
    // prettier-ignore
    const server = aServer()
    server.fail(failure)
    const queue = createLateQueue({ storage: aStorage(), owner: 'ana', progress: server.progress })
    leave(queue, 10)
    await queue.send()
    assert.deepEqual([queue.size(), server.calls.length], [1, 1])
  }
})

test('moments of a device whose clock is wrong are told by the clock of the server', async () => {
  let aheadMs: number | undefined
  const isRight = (event: LateReport) => Math.abs(Number(event.clientTime) - T0) < 1000
  const server = aServer((event) => (isRight(event) ? undefined : 'clientTime'))
  const clock = { aheadMs: () => aheadMs }
  const wrong = T0 - 3 * 3600_000
  const queue = createLateQueue({
    storage: aStorage(),
    owner: 'ana',
    clock,
    now: () => wrong,
    progress: {
      // Only its answer tells what time it is.
      batch: async (input) => {
        aheadMs = 3 * 3600_000
        return server.progress.batch(input)
      },
    },
  })
  leave(queue, 1)
  await queue.send()
  assert.deepEqual([server.watchTimes(), queue.size()], [[1], 0])
  assert.equal(queue.keep(report(2)).clientTime, T0)
})

test('when there is no room the oldest reports make it, and a storage that takes nothing harms nobody', async () => {
  const server = aServer()
  server.fail(offline)
  const queue = createLateQueue({ storage: aStorage(30_000), owner: 'ana', progress: server.progress })
  for (let n = 0; n < 400; n += 1) leave(queue, n, T0 + n)
  assert.ok(queue.size() > 20)
  server.fail(undefined)
  await queue.send()
  assert.equal(server.watchTimes().at(-1), 399)
  leave(createLateQueue({ storage: aStorage(0), owner: 'ana', progress: server.progress }), 1)
})

test('back online, what waits is sent', async () => {
  const [window, server] = [new EventTarget(), aServer()]
  const queue = createLateQueue({ storage: aStorage(), owner: 'ana', progress: server.progress, window })
  leave(queue, 10)
  window.dispatchEvent(new Event('online'))
  await queue.send()
  assert.deepEqual(server.watchTimes(), [10])
  queue.stop()
  leave(queue, 20)
  window.dispatchEvent(new Event('online'))
  assert.equal(queue.size(), 1)
})
