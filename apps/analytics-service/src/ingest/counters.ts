import { hash, randomUUID } from 'node:crypto'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Redis, Result } from 'ioredis'
import { dayOf, numberOfDay } from '../batch.ts'
import { courseKeys, watchedKey } from '../keys.ts'
import { countOneScript, countWatchingScript, grantScript } from './scripts.ts'
import { secondsPlayed } from './segments.ts'
import type { Traffic } from './traffic.ts'

/** The longest time one report may add, as the contract says. */
const MOST_MS = 60_000
const SLACK_MS = 250
/** Without a session id, reports within this time belong to one view. */
const VIEW_SECONDS = 30 * 60
/** A player is given up on long before that. */
const SESSION_SECONDS = 24 * 3600

type Argument = string | number
declare module 'ioredis' {
  interface RedisCommander<Context> {
    grantWatchTime(watched: string, ...args: Argument[]): Result<[granted: number, now: number], Context>
    countOne(counts: string, dirty: string, events: string, ...args: Argument[]): Result<number, Context>
    countWatching(...keysAndArgs: Argument[]): Result<number, Context>
  }
}

export type ViewReport = { userId: string; courseId: string; traffic: Traffic }
export type WatchReport = ViewReport & {
  lectureId: string
  watchTimeDelta: number
  sessionId?: string
  /** In the order in which they were played. */
  segments?: [from: number, to: number][]
  /** Of the lecture, where it is known. */
  durationSeconds?: number
}
/** What an event says besides what the script finds out: see scripts.ts. */
export type CountedFact = ViewReport & {
  lectureId?: string
  /** What this user's reports of this lecture have in common for as long as they are one playback. */
  playback?: string
  grantedMs: number
  replayedMs: number
}
export type CountersOptions = {
  /** An event, packed, which goes to the stream in the same call that counts it; none are kept where it is left out. */
  pack?: (fact: CountedFact) => string
}
export type Counters = {
  countView(report: ViewReport): Promise<void>
  /** Counts the view once per playback, and the seconds as far as they really passed. */
  countWatching(report: WatchReport): Promise<void>
}

/** Tells playbacks apart and names nobody: whoever is erased needs not be looked for among the keys. */
const digest = (text: string) => hash('sha256', text, 'base64url')

const viewFields = { students: 'v', own: 'ownv', programs: 'bot' } as const

export function createCounters(redis: Redis, { pack = () => '' }: CountersOptions = {}): Counters {
  redis.defineCommand('grantWatchTime', { numberOfKeys: 1, lua: grantScript })
  redis.defineCommand('countOne', { numberOfKeys: 3, lua: countOneScript })
  redis.defineCommand('countWatching', { numberOfKeys: 11, lua: countWatchingScript })

  async function countOne(field: string, amount: number, fact: CountedFact) {
    const { liveBatch, dirty, events } = courseKeys(fact.courseId)
    const rest = [randomUUID(), fact.courseId, field, amount, pack(fact)]
    await redis.countOne(liveBatch.counts, dirty, events, ...rest)
  }

  async function countStudent(report: WatchReport, grantedMs: number, replayedMs: number, at: number) {
    const { userId, courseId, traffic, lectureId, sessionId, durationSeconds = 0 } = report
    const keys = courseKeys(courseId)
    // The user's id as well: session ids are chosen by clients.
    const playback = digest(sessionId === undefined ? userId : `${userId}:${sessionId}`)
    await redis.countWatching(
      keys.liveBatch.counts,
      keys.dirty,
      keys.liveBatch.heat,
      keys.liveBatch.people,
      keys.playback(lectureId, playback),
      keys.seconds(lectureId, playback),
      keys.users(),
      keys.users(lectureId),
      keys.dayUsers(dayOf(at)),
      keys.events,
      keys.liveBatch.students,
      randomUUID(),
      courseId,
      lectureId,
      userId,
      randomUUID(),
      sessionId === undefined ? VIEW_SECONDS : SESSION_SECONDS,
      numberOfDay(at),
      at,
      grantedMs,
      replayedMs,
      pack({ userId, courseId, traffic, lectureId, playback, grantedMs, replayedMs }),
      ...secondsPlayed(report.segments ?? [], { grantedMs, durationSeconds }),
    )
  }

  return {
    countView: (report) =>
      countOne(viewFields[report.traffic], 1, { ...report, grantedMs: 0, replayedMs: 0 }),

    async countWatching(report) {
      const { userId, courseId, lectureId, traffic, watchTimeDelta } = report
      const ms = Math.round(watchTimeDelta * 1000)
      if (ms === 0) return
      const fact = { userId, courseId, traffic, lectureId, grantedMs: 0, replayedMs: 0 }
      if (traffic === 'programs') return countOne('bot', 1, fact)
      // Two calls, as a student and a course may live on different nodes of a cluster.
      const [granted, at] = await redis.grantWatchTime(watchedKey(userId), ms, MOST_MS, SLACK_MS)
      if (granted < 0) throw fail('UNAUTHENTICATED', { detail: 'This account has been deleted' })
      if (traffic === 'students') await countStudent(report, granted, ms - granted, at)
      else if (granted > 0) await countOne('ownt', granted, { ...fact, grantedMs: granted })
    },
  }
}
