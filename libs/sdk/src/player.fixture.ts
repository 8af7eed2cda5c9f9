import type { CourseProgress } from '@aetherlearn/contracts/progress'
import { createPlayerReporter, type Media, type ReporterOptions } from './player-reporter.ts'

const courseId = 'c'.repeat(24)
export const lectureId = 'a'.repeat(24)

/** A player driven by hand: `play(5)` shows five seconds in five seconds of the clock. */
class Player extends EventTarget implements Media {
  /** Where it stands, however it came there: who sets it for a student calls `seek`. */
  currentTime = 0
  seeking = false
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
  seek(second: number) {
    this.seeking = true
    this.currentTime = second
    this.clockMs += 100
    this.dispatchEvent(new Event('seeking'))
    this.seeking = false
    this.dispatchEvent(new Event('seeked'))
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

export type Saved = Parameters<ReporterOptions['progress']['save']>[0]['body']

/** A reporter with its player, and what it says. */
export function start(watchTimes: Record<string, number> = {}, late?: ReporterOptions['late']) {
  const media = new Player()
  const page = new Page()
  const window = new EventTarget()
  const saves: number[] = []
  const bodies: Saved[] = []
  const deltas: number[] = []
  const segments: unknown[] = []
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
        if (!offline) {
          deltas.push(body.watchTimeDelta)
          segments.push(body.segments)
        }
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
    segments,
    sessions,
    goOffline: (is: boolean) => (offline = is),
  }
}
