import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLateQueue } from './late-queue.ts'
import { lectureId, start, type Saved } from './player.fixture.ts'

test('a player takes up the saved second as soon as it knows the video', async () => {
  const { media, reporter } = start({ [lectureId]: 20 })
  assert.equal(await reporter.restore(), 20)
  assert.equal(media.currentTime, 0)
  media.load()
  assert.equal(media.currentTime, 20)
  await reporter.stop()
})

test('opening a lecture without playing it keeps the saved position', async () => {
  const { media, page, reporter, saves, deltas } = start({ [lectureId]: 20 })
  await reporter.restore()
  media.load()
  media.currentTime = 5
  page.hide()
  await reporter.stop()
  assert.deepEqual([saves, deltas], [[], []])
})

test('a player that was played before its position was restored does not overwrite that position', async () => {
  const { media, reporter, saves } = start({ [lectureId]: 20 })
  media.load()
  media.play(2)
  await reporter.report()
  assert.deepEqual(saves, [])
  await reporter.stop()
})

test('pausing, hiding and leaving the page each save at once, and nothing is counted twice', async () => {
  const { media, page, window, reporter, saves, deltas, sessions } = start()
  await reporter.restore()
  media.load()
  media.play(3)
  media.pause()
  media.play(2)
  page.hide()
  media.play(1)
  window.dispatchEvent(new Event('pagehide'))
  await reporter.stop()
  assert.deepEqual(saves, [3, 5, 6])
  assert.deepEqual(deltas, [3, 2, 1])
  assert.deepEqual([...sessions], [reporter.sessionId])
})

test('jumping to the end is saved as a position but not as watched time', async () => {
  const { media, reporter, saves, deltas } = start()
  await reporter.restore()
  media.load()
  media.play(2)
  media.seek(58)
  media.play(1)
  await reporter.stop()
  assert.deepEqual(saves, [59])
  assert.deepEqual(deltas, [3])
})

test('what could not be sent goes with the next report', async () => {
  const { media, reporter, saves, deltas, segments, goOffline } = start()
  await reporter.restore()
  media.load()
  goOffline(true)
  media.play(4)
  await reporter.report()
  goOffline(false)
  media.play(1)
  await reporter.stop()
  assert.deepEqual([saves, deltas, segments], [[5], [5], [[[0, 5]]]])
})

test('a minute is the most that one report claims; the rest follows', async () => {
  const { media, reporter, deltas, segments } = start()
  await reporter.restore()
  media.load()
  media.play(70)
  await reporter.report()
  await reporter.stop()
  assert.deepEqual([deltas, segments], [[60, 10], [[[0, 60]], [[60, 70]]]]) // prettier-ignore
})

test('a report of watched time says which stretches were shown in it, in the order in which they were played', async () => {
  const { media, reporter, deltas, segments } = start()
  await reporter.restore()
  media.load()
  media.play(4)
  media.seek(1)
  media.playbackRate = 2
  media.dispatchEvent(new Event('ratechange'))
  // At this speed the clock goes half as far as the media.
  for (let step = 0; step < 4; step += 1) {
    media.clockMs += 250
    media.currentTime += 0.5
    media.dispatchEvent(new Event('timeupdate'))
  }
  await reporter.report()
  media.seek(30)
  await reporter.stop()
  assert.deepEqual([deltas, segments], [[5], [[[0, 4], [1, 3]]]]) // prettier-ignore
})

const claimsOf = (bodies: Saved[]) => bodies.map(({ ranges, rate }) => [ranges, rate])

test('a save claims what was really played: a seek begins another range, a rest none', async () => {
  const { media, reporter, bodies } = start()
  await reporter.restore()
  media.load()
  media.play(2)
  media.seek(30)
  media.play(3)
  await reporter.report()
  media.pause()
  media.clockMs += 60_000
  media.play(1)
  await reporter.stop()
  assert.deepEqual(claimsOf(bodies), [[[[0, 2], [30, 33]], 1], [[[33, 34]], 1]]) // prettier-ignore
})

test('a report between the order to seek and the seek claims nothing of the way', async () => {
  const { media, reporter, bodies } = start()
  await reporter.restore()
  media.load()
  media.play(2)
  media.seeking = true
  media.currentTime = 30
  media.clockMs += 100
  await reporter.report()
  media.seek(30)
  media.play(1)
  await reporter.stop()
  assert.deepEqual(claimsOf(bodies), [[[[0, 2]], 1], [[[30, 31]], 1]]) // prettier-ignore
})

test('what a busy device shows late has been watched all the same', async () => {
  const { media, reporter, bodies, deltas } = start()
  await reporter.restore()
  media.load()
  media.play(2)
  media.clockMs += 3000
  media.dispatchEvent(new Event('timeupdate'))
  media.clockMs += 250
  media.currentTime += 3.25
  media.dispatchEvent(new Event('timeupdate'))
  await reporter.stop()
  assert.deepEqual([claimsOf(bodies), deltas], [[[[[0, 5.25]], 1]], [5.25]])
})

test('what was played at another speed is claimed by itself, at that speed', async () => {
  const { media, reporter, bodies, saves } = start()
  await reporter.restore()
  media.load()
  media.play(2)
  media.playbackRate = 2
  media.dispatchEvent(new Event('ratechange'))
  media.play(1)
  await reporter.stop()
  assert.deepEqual(claimsOf(bodies), [[[[0, 2]], 1], [[[2, 3]], 2]]) // prettier-ignore
  assert.deepEqual(saves, [3, 3])
})

test('without a place to keep it, what could not be claimed is claimed with the next save', async () => {
  const { media, reporter, bodies, goOffline } = start()
  await reporter.restore()
  media.load()
  goOffline(true)
  media.play(4)
  await reporter.report()
  goOffline(false)
  media.play(1)
  await reporter.stop()
  assert.deepEqual(claimsOf(bodies), [[[[0, 5]], 1]]) // prettier-ignore
})

/** A queue on a storage that outlives the page. */
function aQueue(storage = new Map<string, string>()) {
  const sent: [number, unknown, unknown][] = []
  let online = false
  const queue = createLateQueue({
    owner: 'ana',
    storage: {
      get length() {
        return storage.size
      },
      key: (index) => [...storage.keys()][index] ?? null,
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, text) => void storage.set(key, text),
      removeItem: (key) => void storage.delete(key),
    },
    progress: {
      batch: async ({ body: { events } }) => {
        if (!online) throw new TypeError('fetch failed')
        for (const event of events) sent.push([event.watchTime, event.ranges, event.clientTime])
        return { message: 'synced', accepted: events.length, known: 0 }
      },
    },
  })
  return { queue, sent, storage, goOnline: () => (online = true) }
}

test('what was watched offline is told by batch once somebody listens again, with the moments it was watched', async () => {
  const { queue, sent, goOnline } = aQueue()
  const { media, reporter, bodies, goOffline } = start({}, queue)
  await reporter.restore()
  media.load()
  goOffline(true)
  media.play(5)
  await reporter.report()
  media.play(5)
  await reporter.report()
  assert.equal(queue.size(), 2)
  goOffline(false)
  goOnline()
  media.play(2)
  await reporter.stop()
  await queue.send()
  assert.deepEqual(claimsOf(bodies), [[[[10, 12]], 1]]) // prettier-ignore
  assert.equal(bodies[0]?.clientTime, 12_000)
  assert.deepEqual(sent, [[10, [[0, 10]], 10_000]]) // prettier-ignore
  assert.equal(queue.size(), 0)
})

test('what a page was saying when it was closed is told at the next start', async () => {
  const { queue, storage } = aQueue()
  const { media, window, reporter } = start({}, queue)
  await reporter.restore()
  media.load()
  media.play(3)
  const closed = new Map<string, string>()
  window.dispatchEvent(new Event('pagehide'))
  for (const [key, text] of storage) closed.set(key, text)
  await reporter.stop()
  assert.equal(storage.size, 0)
  const next = aQueue(closed)
  next.goOnline()
  await next.queue.send()
  assert.deepEqual(next.sent, [[3, [[0, 3]], 3000]]) // prettier-ignore
})
