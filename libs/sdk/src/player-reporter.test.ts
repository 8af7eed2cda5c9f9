import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CourseProgress } from '@aetherlearn/contracts/progress'
import { createPlayerReporter, type Media } from './player-reporter.ts'

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

function start(watchTimes: Record<string, number> = {}) {
  const media = new Player()
  const page = new Page()
  const window = new EventTarget()
  const saves: number[] = []
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
    durationSeconds: 60,
    now: () => media.clockMs,
    progress: {
      getProgress: async () => before,
      save: async ({ body }) => {
        sessions.add(body.sessionId)
        if (!offline) saves.push(body.watchTime)
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
