import { hash, randomUUID } from 'node:crypto'
import type { Redis, Result } from 'ioredis'
import { courseKeys, fields, watchedKey } from '../keys.ts'
import { countViewScript, countWatchingScript, grantScript } from './scripts.ts'

/** The longest time one report may add, as the contract says. */
const MOST_MS = 60_000
const SLACK_MS = 250
/** Without a session id, reports within this time belong to one view. */
const VIEW_SECONDS = 30 * 60
/** A player is given up on long before that. */
const SESSION_SECONDS = 24 * 3600

declare module 'ioredis' {
  interface RedisCommander<Context> {
    grantWatchTime(watched: string, ms: number, mostMs: number, slackMs: number): Result<number, Context>
    countView(live: string, batchId: string, field: string): Result<number, Context>
    countWatching(
      live: string,
      playback: string,
      courseUsers: string,
      lectureUsers: string,
      ...args: (string | number)[]
    ): Result<number, Context>
  }
}

export type WatchReport = {
  userId: string
  courseId: string
  lectureId: string
  watchTimeDelta: number
  sessionId?: string
}
export type Counters = {
  countView(courseId: string): Promise<void>
  /** Counts the view once per playback, and the seconds as far as they really passed. */
  countWatching(report: WatchReport): Promise<void>
}

/** Tells playbacks apart and names nobody: whoever is erased needs not be looked for among the keys. */
const digest = (text: string) => hash('sha256', text, 'base64url')

export function createCounters(redis: Redis): Counters {
  redis.defineCommand('grantWatchTime', { numberOfKeys: 1, lua: grantScript })
  redis.defineCommand('countView', { numberOfKeys: 1, lua: countViewScript })
  redis.defineCommand('countWatching', { numberOfKeys: 4, lua: countWatchingScript })

  return {
    async countView(courseId) {
      await redis.countView(courseKeys(courseId).live, randomUUID(), fields.courseViews(courseId))
    },

    async countWatching({ userId, courseId, lectureId, watchTimeDelta, sessionId }) {
      const ms = Math.round(watchTimeDelta * 1000)
      if (ms === 0) return
      // Two calls, as a student and a course may live on different nodes of a cluster.
      const granted = await redis.grantWatchTime(watchedKey(userId), ms, MOST_MS, SLACK_MS)
      const keys = courseKeys(courseId)
      // The user's id as well: session ids are chosen by clients.
      const playback = digest(sessionId === undefined ? userId : `${userId}:${sessionId}`)
      await redis.countWatching(
        keys.live,
        keys.playback(lectureId, playback),
        keys.users(),
        keys.users(lectureId),
        randomUUID(),
        sessionId === undefined ? VIEW_SECONDS : SESSION_SECONDS,
        userId,
        granted,
        fields.lectureViews(courseId, lectureId),
        fields.lectureTime(courseId, lectureId),
        fields.courseTime(courseId),
      )
    },
  }
}
