import { roles, type Role } from '@aetherlearn/contracts/shape'
import type { Redis, Result } from 'ioredis'
import { bucketOf } from '../keys.ts'

/** Somebody who looks at a course's dashboard, as their token said when they began to. */
export type Watcher = { id: string; role: Role }

export type Watchers = {
  add(courseId: string, watcher: Watcher): Promise<void>
  /** The courses at whose dashboards somebody looks. */
  courses(): Promise<string[]>
  /**
   * Who is to be told now that a course has changed; undefined where they were told less than `everyMs` ago, by whichever
   * instance.
   */
  due(courseId: string, everyMs: number): Promise<Watcher[] | undefined>
}

/** As the contract of `watchDashboard` says. */
const WATCHED_MS = 60_000

declare module 'ioredis' {
  interface RedisCommander<Context> {
    dueWatchers(
      told: string,
      watchers: string,
      everyMs: number,
      now: number,
    ): Result<[due: number, members: string[]], Context>
  }
}

/** KEYS: told, watchers. ARGV: ms between two tellings, now. Answers whether they are due, and who. */
const dueScript = `
if not redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) then return {0, {}} end
return {1, redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[2], '+inf')}
`

/** Sorted set: course → until when somebody looks at its dashboard. */
const WATCHED = 'an:watched'
/** Sorted set: watcher → until when. */
const watchersKey = (courseId: string) => `an:{${bucketOf(courseId)}}:watchers:${courseId}`
/** Exists for as long as nobody is to be told again. */
const toldKey = (courseId: string) => `an:{${bucketOf(courseId)}}:told:${courseId}`

export function createWatchers(redis: Redis, now: () => number): Watchers {
  redis.defineCommand('dueWatchers', { numberOfKeys: 2, lua: dueScript })

  async function keep(key: string, member: string) {
    const at = now()
    await Promise.all([
      redis.zadd(key, at + WATCHED_MS, member),
      redis.zremrangebyscore(key, '-inf', at),
      redis.pexpire(key, WATCHED_MS),
    ])
  }

  return {
    async add(courseId, { id, role }) {
      // First who is to be told: whoever finds the course watched finds them.
      await keep(watchersKey(courseId), `${role}:${id}`)
      await keep(WATCHED, courseId)
    },
    courses: () => redis.zrangebyscore(WATCHED, `(${now()}`, '+inf'),
    async due(courseId, everyMs) {
      const [isDue, members] = await redis.dueWatchers(
        toldKey(courseId),
        watchersKey(courseId),
        everyMs,
        now(),
      )
      return isDue === 1 ? members.flatMap(watcherOf) : undefined
    },
  }
}

function watcherOf(member: string): Watcher[] {
  const [word = '', id = ''] = member.split(':')
  const role = roles.find((known) => known === word)
  return role === undefined ? [] : [{ id, role }]
}
