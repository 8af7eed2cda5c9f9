import { hash, randomUUID } from 'node:crypto'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Redis, Result } from 'ioredis'
import { dayOf, numberOfDay } from '../batch.ts'
import type { Visitors } from '../consent/visitors.ts'
import { courseKeys, refusedKey, watchedKey } from '../keys.ts'
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
    grantWatchTime(
      watched: string,
      refused: string,
      ...args: Argument[]
    ): Result<[granted: number, now: number, refused: number], Context>
    countOne(counts: string, dirty: string, events: string, ...args: Argument[]): Result<number, Context>
    countWatching(...keysAndArgs: Argument[]): Result<number, Context>
  }
}

export type ViewReport = {
  userId: string
  courseId: string
  traffic: Traffic
  /** True: this request must not be known to be this user's. */
  unnamed?: boolean
}
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
export type CountedFact = Omit<ViewReport, 'unnamed'> & {
  /** '', or a name of the day, for those who must not be known. */
  userId: string
  lectureId?: string
  /** What this user's reports of this lecture have in common for as long as they are one playback. */
  playback?: string
  grantedMs: number
  replayedMs: number
}
export type CountersOptions = {
  /** An event, packed, which goes to the stream in the same call that counts it; none are kept where it is left out. */
  pack?: ((fact: CountedFact) => string) | undefined
  visitors: Visitors
}
export type Counters = {
  countView(report: ViewReport): Promise<void>
  /** Counts the view once per playback, and the seconds as far as they really passed. */
  countWatching(report: WatchReport): Promise<void>
}

type Granted = { grantedMs: number; replayedMs: number; at: number; named: boolean }

/** Tells playbacks apart and names nobody: whoever is erased needs not be looked for among the keys. */
const digest = (text: string) => hash('sha256', text, 'base64url')

const viewFields = { students: 'v', own: 'ownv', programs: 'bot' } as const

export function createCounters(redis: Redis, { pack, visitors }: CountersOptions): Counters {
  redis.defineCommand('grantWatchTime', { numberOfKeys: 2, lua: grantScript })
  redis.defineCommand('countOne', { numberOfKeys: 3, lua: countOneScript })
  redis.defineCommand('countWatching', { numberOfKeys: 11, lua: countWatchingScript })

  async function countOne(field: string, amount: number, fact: CountedFact) {
    const { liveBatch, dirty, events } = courseKeys(fact.courseId)
    const rest = [randomUUID(), fact.courseId, field, amount, pack?.(fact) ?? '']
    await redis.countOne(liveBatch.counts, dirty, events, ...rest)
  }

  async function countStudent(report: WatchReport, { grantedMs, replayedMs, at, named }: Granted) {
    const { courseId, traffic, lectureId, sessionId, durationSeconds = 0 } = report
    const userId = named ? report.userId : await visitors.nameOf(report.userId, at)
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
      pack?.({ userId, courseId, traffic, lectureId, playback, grantedMs, replayedMs }) ?? '',
      named ? 1 : 0,
      ...secondsPlayed(report.segments ?? [], { grantedMs, durationSeconds }),
    )
  }

  return {
    async countView({ userId, courseId, traffic, unnamed = false }) {
      // Only an event names anybody.
      const hidden = pack === undefined || unnamed || (await redis.exists(refusedKey(userId))) === 1
      const fact = { userId: hidden ? '' : userId, courseId, traffic, grantedMs: 0, replayedMs: 0 }
      await countOne(viewFields[traffic], 1, fact)
    },

    async countWatching(report) {
      const { userId, courseId, lectureId, traffic, watchTimeDelta, unnamed = false } = report
      const ms = Math.round(watchTimeDelta * 1000)
      if (ms === 0) return
      const fact = { userId: '', courseId, traffic, lectureId, grantedMs: 0, replayedMs: 0 }
      if (traffic === 'programs') return countOne('bot', 1, fact)
      // Two calls, as a student and a course may live on different nodes of a cluster.
      const keys = [watchedKey(userId), refusedKey(userId)] as const
      const [grantedMs, at, refused] = await redis.grantWatchTime(...keys, ms, MOST_MS, SLACK_MS)
      const named = !unnamed && refused === 0
      if (grantedMs < 0) throw fail('UNAUTHENTICATED', { detail: 'This account has been deleted' })
      if (traffic === 'students')
        await countStudent(report, { grantedMs, replayedMs: ms - grantedMs, at, named })
      else if (grantedMs > 0)
        await countOne('ownt', grantedMs, { ...fact, userId: named ? userId : '', grantedMs })
    },
  }
}
