import { crc32 } from 'node:zlib'
import { watchPosition } from '@aetherlearn/contracts/progress'
import { liveMessage, NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import type { Redis, Result } from 'ioredis'
import { cleanScript, saveScript } from './scripts.ts'
import type { Positions, Snapshot } from './rules.ts'

/** Must stay the same for as long as positions wait in Redis. */
const BUCKETS = 256
/** Positions that MongoDB has as well are kept so long, for quick reads. */
export const CLEAN_KEPT_MS = 24 * 3600 * 1000

/** A student in a course: `userId:courseId`. */
export type Member = string
type Place = { userId: string; courseId: string }

declare module 'ioredis' {
  interface RedisCommander<Context> {
    savePosition(
      positions: string,
      dirty: string,
      lectureId: string,
      watchTime: number,
      member: Member,
      channel: string,
      message: string,
    ): Result<number, Context>
    cleanPositions(numberOfKeys: number, ...keysAndArguments: (string | number)[]): Result<number, Context>
  }
}

export type PositionBuffer = {
  buckets: number
  /** One round trip. The position is safe, and told to the student's other devices, once this resolves. */
  save(place: Place & { lectureId: string; watchTime: number; sessionId?: string }): Promise<number>
  read(place: Place): Promise<Snapshot | undefined>
  /** When the student last saved in any of these courses, 0 for never. */
  lastSavedAt(userId: string, courseIds: string[]): Promise<number>
  dirtyCount(bucket: number): Promise<number>
  oldestDirty(bucket: number, limit: number): Promise<Member[]>
  readMany(bucket: number, members: Member[]): Promise<(Snapshot | undefined)[]>
  /** Marks as clean what has not been saved again since it was read; answers how many. */
  clean(bucket: number, read: { member: Member; at: number | undefined }[]): Promise<number>
}

/** Positions in Redis on their way to MongoDB. Keys of one student share a slot of a Redis Cluster. */
export function createPositionBuffer(redis: Redis, buckets = BUCKETS): PositionBuffer {
  redis.defineCommand('savePosition', { numberOfKeys: 2, lua: saveScript })
  redis.defineCommand('cleanPositions', { lua: cleanScript })
  const bucketOf = (userId: string) => crc32(userId) % buckets
  const positionsKey = (bucket: number, member: Member) => `prog:{${bucket}}:${member}`
  const dirtyKey = (bucket: number) => `dirty:{${bucket}}`

  return {
    buckets,
    save({ userId, ...saved }) {
      const { courseId, lectureId, watchTime } = saved
      const member = `${userId}:${courseId}`
      const bucket = bucketOf(userId)
      return redis.savePosition(
        positionsKey(bucket, member),
        dirtyKey(bucket),
        lectureId,
        watchTime,
        member,
        NOTIFICATIONS,
        liveMessage(userId, watchPosition, saved),
      )
    },

    async read({ userId, courseId }) {
      const member = `${userId}:${courseId}`
      return snapshotOf(member, await redis.hgetall(positionsKey(bucketOf(userId), member)))
    },

    async lastSavedAt(userId, courseIds) {
      const bucket = bucketOf(userId)
      const stamps = await Promise.all(
        courseIds.map((courseId) => redis.hget(positionsKey(bucket, `${userId}:${courseId}`), 'v')),
      )
      return Math.max(0, ...stamps.map(Number))
    },

    dirtyCount: (bucket) => redis.zcard(dirtyKey(bucket)),
    oldestDirty: (bucket, limit) => redis.zrange(dirtyKey(bucket), 0, `${limit - 1}`),

    async readMany(bucket, members) {
      const hashes = await Promise.all(members.map((member) => redis.hgetall(positionsKey(bucket, member))))
      return members.map((member, i) => snapshotOf(member, hashes[i] ?? {}))
    },

    async clean(bucket, read) {
      const keys = read.map(({ member }) => positionsKey(bucket, member))
      const seen = read.flatMap(({ member, at }) => [member, at ?? ''])
      return redis.cleanPositions(keys.length + 1, dirtyKey(bucket), ...keys, CLEAN_KEPT_MS, ...seen)
    },
  }
}

/** The fields of a hash: a lecture's `seconds|stamp`, `last` and `v`. */
function snapshotOf(member: Member, hash: Record<string, string>): Snapshot | undefined {
  const { last, v, ...lectures } = hash
  if (last === undefined || v === undefined) return undefined
  const [userId = '', courseId = ''] = member.split(':')
  const positions: Positions = {}
  for (const [lectureId, saved] of Object.entries(lectures)) {
    const [watchTime, at] = saved.split('|', 2)
    positions[lectureId] = { watchTime: Number(watchTime), at: Number(at) }
  }
  return { userId, courseId, positions, last, at: Number(v) }
}
