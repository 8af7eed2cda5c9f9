import type { Lecture, Moment, Report } from './simulated-class.ts'

/** For tests: what is true of a class, reckoned in the plainest way from all that ever happened. */
const SESSION_MS = 24 * 3600 * 1000
const NO_SESSION_MS = 30 * 60_000

type Playback = { startedAt: number; times: Map<number, number> }
export type Second = { watched: number; rewatched: number; skipped: number; left: number }
type Numbers = { views: number; playbacks: number; watchTimeMs: number; students: Set<string> }

const numbers = (): Numbers => ({ views: 0, playbacks: 0, watchTimeMs: 0, students: new Set() })
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)

export function createTruth(lectures: Lecture[]) {
  const course = numbers()
  const days = new Map<string, Numbers>()
  const ofLecture = new Map(lectures.map(({ lectureId }) => [lectureId, numbers()]))
  const durations = new Map(lectures.map(({ lectureId, durationSeconds }) => [lectureId, durationSeconds]))
  const playbacks = new Map<string, Playback[]>(lectures.map(({ lectureId }) => [lectureId, []]))
  const running = new Map<string, Playback>()

  const dayAt = (at: number) => {
    const day = days.get(dayOf(at)) ?? numbers()
    days.set(dayOf(at), day)
    return day
  }
  function playbackOf({ userId, lectureId, sessionId = '' }: Report, at: number) {
    const name = `${userId} ${lectureId} ${sessionId}`
    const known = running.get(name)
    const lasts = sessionId === '' ? NO_SESSION_MS : SESSION_MS
    if (known !== undefined && at < known.startedAt + lasts) return { playback: known, isNew: false }
    const playback: Playback = { startedAt: at, times: new Map() }
    running.set(name, playback)
    playbacks.get(lectureId)?.push(playback)
    return { playback, isNew: true }
  }
  function report(given: Report, at: number) {
    const { playback, isNew } = playbackOf(given, at)
    for (const one of [course, dayAt(at), ofLecture.get(given.lectureId) ?? numbers()]) {
      one.playbacks += isNew ? 1 : 0
      one.watchTimeMs += given.watchTimeDelta * 1000
      one.students.add(given.userId)
    }
    for (const [from, to] of given.segments) {
      for (let second = Math.floor(from); second < (durations.get(given.lectureId) ?? 0); second += 1) {
        const middle = second + 0.5
        if (from <= middle && middle < to) playback.times.set(second, (playback.times.get(second) ?? 0) + 1)
      }
    }
  }

  return {
    course,
    days,
    ofLecture,
    happened({ at, views, reports }: Moment) {
      for (const one of [course, dayAt(at)]) one.views += views.length
      for (const given of reports) report(given, at)
    },
    /** Redis has lost them: who goes on watching begins another playback. */
    playersForgotten: () => running.clear(),
    /** Each second of a lecture once for each playback that watched it. */
    uniqueSeconds: (lectureId: string) =>
      (playbacks.get(lectureId) ?? []).reduce((sum, { times }) => sum + times.size, 0),
    /** Second by second. */
    heat(lectureId: string): Second[] {
      const seconds = Array.from({ length: durations.get(lectureId) ?? 0 }, () => ({
        ...{ watched: 0, rewatched: 0, skipped: 0, left: 0 },
      }))
      for (const { times } of playbacks.get(lectureId) ?? []) {
        const furthest = Math.max(-1, ...times.keys())
        seconds.slice(0, furthest + 1).forEach((second, number) => {
          const count = times.get(number) ?? 0
          second.watched += Math.min(count, 1)
          second.rewatched += Math.max(count - 1, 0)
          second.skipped += count === 0 ? 1 : 0
          second.left += number === furthest ? 1 : 0
        })
      }
      return seconds
    },
  }
}
