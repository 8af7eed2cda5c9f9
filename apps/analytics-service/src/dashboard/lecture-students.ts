import type { Redis } from 'ioredis'
import { playbackHead, type PlaybackHead } from '../batch.ts'
import { courseKeys } from '../keys.ts'
import { momentsOf, type Period } from './periods.ts'
import type { PlaybackReader } from './playback-store.ts'

/** How many students watched each lecture within a period; lectures that nobody watched may be left out. */
export type LectureStudents = (courseId: string, period: Period) => Promise<Map<string, number>>

/** Of the playbacks in MongoDB, and those in Redis that are not there yet. */
export const createLectureStudents =
  (redis: Redis, playbacks: PlaybackReader): LectureStudents =>
  async (courseId, period) => {
    const { liveBatch, pendingBatch } = courseKeys(courseId)
    // Redis before MongoDB: what leaves Redis in between is there then.
    const live = await Promise.all([
      redis.hvalsBuffer(liveBatch.people),
      redis.hvalsBuffer(pendingBatch.people),
    ])
    const { start, end } = momentsOf(period)
    const within = live
      .flat()
      .map(playbackHead)
      .filter(({ startedAt, at, watchTimeMs }) => watchTimeMs > 0 && startedAt < end && at >= start)
    const [counts, known] = await Promise.all([
      playbacks.countStudents(courseId, period),
      playbacks.knownPairs(courseId, period, [...new Set(within.map(({ userId }) => userId))]),
    ])
    const unknown = new Map(within.map((playback) => [pairOf(playback), playback.lectureId]))
    for (const pair of known) unknown.delete(pairOf(pair))
    for (const lectureId of unknown.values()) counts.set(lectureId, (counts.get(lectureId) ?? 0) + 1)
    return counts
  }

const pairOf = ({ lectureId, userId }: Pick<PlaybackHead, 'lectureId' | 'userId'>) => `${lectureId}:${userId}`
