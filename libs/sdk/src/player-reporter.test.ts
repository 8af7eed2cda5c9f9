import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CourseProgress } from '@aetherlearn/contracts/progress'
import { createLateQueue } from './late-queue.ts'
import { createPlayerReporter, type Media, type ReporterOptions } from './player-reporter.ts'

const courseId = 'c'.repeat(24)
const lectureId = 'a'.repeat(24)

/** A player driven by hand: `play(5)` shows five seconds in five seconds of the clock. */
class Player extends EventTarget implements Media {
  currentTime = 0
  duration = 60
  paused = true
  playbackRate = 1
  readyState = 0
  clockMs = 0
  load() {
    this.readyState = 1
    this.dispatchEvent(new Event('loadedmetadata'))
  }
  play(seconds: number) {
    this.paused = false
    this.dispatchEvent(new Event('play'))
    for (let step = 0; step < seconds * 4; step += 1) {
      this.clockMs += 250
      this.currentTime += 0.25
      this.dispatchEvent(new Event('timeupdate'))
    }
  }
  pause() {
    this.paused = true
    this.dispatchEvent(new Event('pause'))
  }
}

class Page extends EventTarget {
  visibilityState = 'visible'
  hide() {
    this.visibilityState = 'hidden'
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

type Saved = Parameters<ReporterOptions['progress']['save']>[0]['body']

function start(watchTimes: Record<string, number> = {}, late?: ReporterOptions['late']) {
  const media = new Player()
  const page = new Page()
  const window = new EventTarget()
  const saves: number[] = []
  const bodies: Saved[] = []
  const deltas: number[] = []
  const sessions = new Set<string | undefined>()
  let offline = false
  const answer = async () => {
    if (offline) throw new TypeError('fetch failed')
    return { message: 'saved' }
  }
  const before: CourseProgress = {
    watchTimes,
    completionPercentage: 0,
    completedLectures: [],
    lastWatchedLecture: null,
    ranges: {},
    completedAt: null,
  }
  const reporter = createPlayerReporter({
    media,
    page,
    window,
    courseId,
    lectureId,
    ...(late && { late }),
    durationSeconds: 60,
    now: () => media.clockMs,
    progress: {
      getProgress: async () => before,
      save: async ({ body }) => {
        sessions.add(body.sessionId)
        if (!offline) {
          saves.push(body.watchTime)
          bodies.push(body)
        }
        return answer()
      },
    },
    analytics: {
      trackTelemetry: async ({ body }) => {
        sessions.add(body.sessionId)
        if (!offline) deltas.push(body.watchTimeDelta)
        return answer()
      },
    },
  })
  return {
    media,
    page,
    window,
    reporter,
    saves,
    bodies,
    deltas,
    sessions,
    goOffline: (is: boolean) => (offline = is),
  }
}

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
  media.currentTime = 58
  media.dispatchEvent(new Event('seeked'))
  media.play(1)
  await reporter.stop()
  assert.deepEqual(saves, [59])
  assert.deepEqual(deltas, [3])
})

test('what could not be sent goes with the next report', async () => {
  const { media, reporter, saves, deltas, goOffline } = start()
  await reporter.restore()
  media.load()
  goOffline(true)
  media.play(4)
  await reporter.report()
  goOffline(false)
  await reporter.stop()
  assert.deepEqual([saves, deltas], [[4], [4]])
})

test('a minute is the most that one report claims; the rest follows', async () => {
  const { media, reporter, deltas } = start()
  await reporter.restore()
  media.load()
  media.play(70)
  await reporter.report()
  await reporter.stop()
  assert.deepEqual(deltas, [60, 10])
})

const claimsOf = (bodies: Saved[]) => bodies.map(({ ranges, rate }) => [ranges, rate])

test('a save claims what was really played: a seek begins another range, a rest none', async () => {
  const { media, reporter, bodies } = start()
  await reporter.restore()
  media.load()
  media.play(2)
  media.currentTime = 30
  media.dispatchEvent(new Event('seeked'))
  media.play(3)
  await reporter.report()
  media.pause()
  media.clockMs += 60_000
  media.play(1)
  await reporter.stop()
  assert.deepEqual(claimsOf(bodies), [[[[0, 2], [30, 33]], 1], [[[33, 34]], 1]]) // prettier-ignore
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
