import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { rangesOf, type Days, type Heat, type Playback } from '../batch.ts'
import type { PlaybackStore } from '../flush/playback-store.ts'
import { NO_VERSION, type SketchName, type SketchStore } from '../flush/sketch-store.ts'
import type { AnalyticsStore } from '../flush/store.ts'
import type { Pseudonyms } from '../eventlog/pseudonym-store.ts'
import { courseKeys } from '../keys.ts'
import type { CourseSums, ReplayQueries } from './queries.ts'

export type RebuildDeps = {
  queries: ReplayQueries
  /** Say whose events these are; those of whom they do not are counted and have no rows. */
  pseudonyms: Pick<Pseudonyms, 'owners'>
  /** Sums up HyperLogLogs under keys that are gone afterwards. */
  redis: Redis
  analytics: Pick<AnalyticsStore, 'apply'>
  playbacks: PlaybackStore
  sketches: Pick<SketchStore, 'replace'>
}

const ADDED_AT_ONCE = 5000
/** Should this process die before it removes what it summed up. */
const KEPT_SECONDS = 600

/**
 * Makes all rows of a course anew, out of its events, as one large batch. In a database without rows of that course: a
 * second call changes nothing.
 */
export function createRebuild({ queries, pseudonyms, redis, analytics, playbacks, sketches }: RebuildDeps) {
  async function ownersOf(names: string[]) {
    return pseudonyms.owners([...new Set(names)])
  }

  async function keepSketch(name: SketchName): Promise<number> {
    const students = await queries.students(name.courseId, name)
    if (students.length === 0) return 0
    const owners = await ownersOf(students)
    const users = students.map((student) => owners.get(student) ?? student)
    const key = courseKeys(name.courseId).incoming(randomUUID())
    for (let i = 0; i < users.length; i += ADDED_AT_ONCE)
      await redis.pfadd(key, ...users.slice(i, i + ADDED_AT_ONCE))
    await redis.expire(key, KEPT_SECONDS)
    const [count, sketch] = await Promise.all([redis.pfcount(key), redis.getBuffer(key)])
    await redis.del(key)
    if (sketch !== null)
      await sketches.replace([{ ...name, version: randomUUID(), sketch, expected: NO_VERSION }])
    return count
  }

  async function keepPlaybacks(courseId: string, lectureId: string) {
    const rows = await queries.playbacks(courseId, lectureId)
    const owners = await ownersOf(rows.map(({ student }) => student))
    await playbacks.keep(
      courseId,
      rows.flatMap(({ id, student, first, last, watchTimeMs, againSeconds, seconds }): Playback[] => {
        const userId = owners.get(student)
        if (userId === undefined) return []
        return [
          {
            id,
            lectureId,
            userId,
            startedAt: new Date(first),
            at: new Date(last),
            watchTimeMs,
            againSeconds,
            ranges: rangesOf(bitmapOf(seconds)),
          },
        ]
      }),
    )
  }

  return async (courseId: string, at: Date): Promise<void> => {
    const sums = await queries.sums(courseId)
    const lectureIds = new Set(sums.lectureDays.map(({ lectureId }) => lectureId))
    for (const lectureId of lectureIds) {
      await keepSketch({ courseId, lectureId })
      await keepPlaybacks(courseId, lectureId)
    }
    const dayCounts = new Map<string, number>()
    for (const { date } of sums.days) dayCounts.set(date, await keepSketch({ courseId, day: date }))
    const uniques = { course: await keepSketch({ courseId }), days: dayCounts }
    const times = await queries.times(courseId)
    const owners = await ownersOf(times.map(({ userId }) => userId))
    const batch = {
      id: `replay:${courseId}`,
      courseId,
      days: daysOf(sums),
      heat: heatOf(sums),
      playbacks: [],
      students: times.flatMap((time) => {
        const userId = owners.get(time.userId)
        return userId === undefined ? [] : [{ ...time, userId }]
      }),
    }
    await analytics.apply(batch, { uniques, at, storedAt: at })
  }
}

function daysOf({ days, lectureDays }: CourseSums): Days {
  const byDay: Days = new Map(days.map(({ date, ...counts }) => [date, { ...counts, lectures: new Map() }]))
  for (const { date, lectureId, ...counts } of lectureDays) byDay.get(date)?.lectures.set(lectureId, counts)
  return byDay
}

function heatOf({ heat }: CourseSums): Heat {
  const byLecture: Heat = new Map()
  for (const { lectureId, second, ...counts } of heat) {
    const seconds = byLecture.get(lectureId) ?? new Map()
    seconds.set(second, counts)
    byLecture.set(lectureId, seconds)
  }
  return byLecture
}

/** Bits are numbered as by SETBIT. */
function bitmapOf(seconds: readonly number[]): Buffer {
  const bits = Buffer.alloc(Math.floor(seconds.reduce((most, second) => Math.max(most, second), 0) / 8) + 1)
  for (const second of seconds) bits[second >> 3] = (bits[second >> 3] ?? 0) | (128 >> (second & 7))
  return bits
}
