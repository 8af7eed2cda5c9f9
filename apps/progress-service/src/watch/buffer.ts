import { crc32 } from 'node:zlib'
import { watchPosition } from '@aetherlearn/contracts/progress'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import { liveMessage, NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import type { Redis, Result } from 'ioredis'
import { createBatch, forEach } from './batch.ts'
import { openClockScript, saveWatchedScript } from './claim-script.ts'
import { packMoment, packName, packRanges, unpackRanges, unpackSpans } from './packed.ts'
import type { Ranges } from './ranges.ts'
import type { Positions, Snapshot } from './rules.ts'
import { cleanScript, eraseScript, NO_MORE, saveScript } from './scripts.ts'

/** Must stay the same for as long as positions wait in Redis. */
const BUCKETS = 256
/** Positions that MongoDB has as well are kept so long, for quick reads. */
export const CLEAN_KEPT_MS = 24 * 3600 * 1000

/** An access token lives for a day at most. */
const GONE_SECONDS = 2 * 24 * 3600
const ERASED = { detail: 'This account has been deleted' }

/** A student in a course: `userId:courseId`. */
export type Member = string
type Place = { userId: string; courseId: string }
/** `at` in ms since 1970. */
export type LastSaved = { at: number; courseId: string; lectureId: string }
export type Save = Place & { lectureId: string; watchTime: number; sessionId?: string }
/** A save that says more than where the player stands. */
export type WatchedSave = Save & {
  /** The moment (ms) on the device's clock: an older one of the same session does not move the position. */
  at?: number | undefined
  /** Seconds that were played; in order and apart. */
  ranges: Ranges
  /** Seconds of the lecture that can have been played in one second. */
  speed: number
}
/** Seconds of the lecture: of the claim, how many count; and how many counted in Redis before and after it. */
export type Credited = { accepted: number; before: number; watched: number }

declare module 'ioredis' {
  interface RedisCommander<Context> {
    savePositions(numberOfKeys: number, ...keysAndValues: (string | number)[]): Result<number[], Context>
    saveWatched(
      numberOfKeys: number,
      ...keysAndValues: (string | number)[]
    ): Result<[number, number, number][], Context>
    openClock(clock: string, gone: string): Result<number, Context>
    cleanPositions(numberOfKeys: number, ...keysAndArguments: (string | number)[]): Result<number, Context>
    erasePositions(numberOfKeys: number, ...keysAndArguments: string[]): Result<number, Context>
  }
}

export type PositionBuffer = {
  buckets: number
  /**
   * One round trip; throws UNAUTHENTICATED for somebody who is erased. The position is safe, and told to the student's
   * other devices, once this resolves.
   */
  save(save: Save): Promise<number>
  /** The same, and credits what was watched as far as the student's wall time allows. */
  saveWatched(save: WatchedSave): Promise<Credited>
  /** From here on the student's wall time counts; it may be opened again and again. */
  openClock(userId: string): Promise<unknown>
  /** Wall time (ms) that was used for what was watched live: in order, apart, at most 50 stretches. */
  liveSpans(userId: string): Promise<Range[]>
  read(place: Place): Promise<Snapshot | undefined>
  /** When, and in which lecture, the student last saved in any of these courses. */
  lastSaved(userId: string, courseIds: string[]): Promise<LastSaved | undefined>
  /** Since when something has not been brought to MongoDB. */
  dirtySince(): Promise<Date | undefined>
  dirtyCount(bucket: number): Promise<number>
  oldestDirty(bucket: number, limit: number): Promise<Member[]>
  readMany(bucket: number, members: Member[]): Promise<(Snapshot | undefined)[]>
  /** Marks as clean what has not been saved again since it was read; answers how many. */
  clean(bucket: number, read: { member: Member; at: number | undefined }[]): Promise<number>
  /** The courses in which the student has saved something that is not in MongoDB. */
  dirtyCourses(userId: string): Promise<string[]>
  /** How many keys there are of the student, of these courses and where something is dirty. */
  count(userId: string, courseIds: string[]): Promise<Record<string, number>>
  /** Removes all of the student, in these courses and where something is dirty, and takes nothing more of theirs. */
  erase(userId: string, courseIds: string[]): Promise<void>
}

const ofWatched = { lua: saveWatchedScript, keysEach: 4, valuesEach: 10 }
/** Of a save that does not say when it was made. */
const UNORDERED = ['', '', '']

/** Tests put wrong ones in their place. */
const ourScripts = { save: saveScript, clean: cleanScript }

/** Positions in Redis on their way to MongoDB. Keys of one student share a slot of a Redis Cluster. */
export function createPositionBuffer(redis: Redis, buckets = BUCKETS, scripts = ourScripts): PositionBuffer {
  const ofSave = { lua: scripts.save, keysEach: 3, valuesEach: 5 }
  redis.defineCommand('savePositions', { lua: forEach(ofSave) })
  const savePosition = createBatch((...sent) => redis.savePositions(...sent), ofSave)
  redis.defineCommand('saveWatched', { lua: forEach(ofWatched) })
  const saveWatched = createBatch((...sent) => redis.saveWatched(...sent), ofWatched)
  redis.defineCommand('openClock', { numberOfKeys: 2, lua: openClockScript })
  redis.defineCommand('cleanPositions', { lua: scripts.clean })
  redis.defineCommand('erasePositions', { lua: eraseScript })
  const bucketOf = (userId: string) => crc32(userId) % buckets
  const positionsKey = (bucket: number, member: Member) => `prog:{${bucket}}:${member}`
  const dirtyKey = (bucket: number) => `dirty:{${bucket}}`
  const clockKey = (userId: string) => `clock:{${bucketOf(userId)}}:${userId}`
  const goneKey = (userId: string) => `gone:{${bucketOf(userId)}}:${userId}`

  async function dirtyCourses(userId: string) {
    const found = new Set<string>()
    const key = dirtyKey(bucketOf(userId))
    for (let cursor: string | undefined; cursor !== '0';) {
      const [next, entries] = await redis.zscan(key, cursor ?? '0', 'MATCH', `${userId}:*`, 'COUNT', 1000)
      for (const entry of entries) if (entry.startsWith(userId)) found.add(entry.slice(userId.length + 1))
      cursor = next
    }
    return [...found]
  }

  return {
    buckets,
    async save({ userId, ...saved }) {
      const { courseId, lectureId, watchTime } = saved
      const member = `${userId}:${courseId}`
      const bucket = bucketOf(userId)
      const dirty = dirtyKey(bucket)
      const stamp = await savePosition(
        dirty,
        [positionsKey(bucket, member), dirty, goneKey(userId)],
        [lectureId, watchTime, member, NOTIFICATIONS, liveMessage(userId, watchPosition, saved)],
      )
      if (stamp === NO_MORE) throw fail('UNAUTHENTICATED', ERASED)
      return stamp
    },

    async saveWatched({ userId, courseId, lectureId, watchTime, sessionId, at, ranges, speed }) {
      const member = `${userId}:${courseId}`
      const bucket = bucketOf(userId)
      const position = { courseId, lectureId, watchTime, ...(sessionId !== undefined && { sessionId }) }
      const ordered = sessionId !== undefined && at !== undefined
      const dirty = dirtyKey(bucket)
      const message = liveMessage(userId, watchPosition, position)
      const order = ordered
        ? [packMoment(at), packName(sessionId, lectureId), packName(sessionId, courseId)]
        : UNORDERED
      const credited = await saveWatched(
        dirty,
        [positionsKey(bucket, member), dirty, clockKey(userId), goneKey(userId)],
        [lectureId, watchTime, member, NOTIFICATIONS, message, packRanges(ranges), speed, ...order],
      )
      const [accepted, before, watched] = credited
      if (accepted === NO_MORE) throw fail('UNAUTHENTICATED', ERASED)
      return { accepted: accepted / 100, before: before / 100, watched: watched / 100 }
    },

    openClock: (userId) => redis.openClock(clockKey(userId), goneKey(userId)),
    async liveSpans(userId) {
      const [, , spans = ''] = ((await redis.get(clockKey(userId))) ?? '').split('|')
      return unpackSpans(spans)
    },

    async read({ userId, courseId }) {
      const member = `${userId}:${courseId}`
      return snapshotOf(member, await redis.hgetall(positionsKey(bucketOf(userId), member)))
    },

    async lastSaved(userId, courseIds) {
      const bucket = bucketOf(userId)
      const read = async (courseId: string): Promise<LastSaved> => {
        const key = positionsKey(bucket, `${userId}:${courseId}`)
        const [at, lectureId] = await redis.hmget(key, 'v', 'last')
        return { at: Number(at), courseId, lectureId: lectureId ?? '' }
      }
      const saved = await Promise.all(courseIds.map(read))
      const latest = saved.reduce<LastSaved | undefined>((a, b) => (a && a.at >= b.at ? a : b), undefined)
      return latest?.lectureId === '' ? undefined : latest
    },

    async dirtySince() {
      const oldest = (bucket: number) => redis.zrange(dirtyKey(bucket), 0, '0', 'WITHSCORES')
      const found = await Promise.all(Array.from({ length: buckets }, (_, bucket) => oldest(bucket)))
      const stamps = found.flatMap(([, score]) => (score === undefined ? [] : [Number(score)]))
      return stamps.length === 0 ? undefined : new Date(Math.min(...stamps))
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

    dirtyCourses: (userId) => dirtyCourses(userId),

    async count(userId, courseIds) {
      const dirty = await dirtyCourses(userId)
      const bucket = bucketOf(userId)
      const keys = [...new Set([...courseIds, ...dirty])].map((courseId) =>
        positionsKey(bucket, `${userId}:${courseId}`),
      )
      const [positions, clocks] = await Promise.all([
        keys.length === 0 ? 0 : redis.exists(...keys),
        redis.exists(clockKey(userId)),
      ])
      return { positions, unsaved: dirty.length, clocks }
    },

    async erase(userId, courseIds) {
      // First: where nothing is there nothing begins any more.
      await redis.set(goneKey(userId), '', 'EX', GONE_SECONDS)
      const all = new Set([...courseIds, ...(await dirtyCourses(userId))])
      const members = [...all].map((courseId) => `${userId}:${courseId}`)
      const bucket = bucketOf(userId)
      const keys = [dirtyKey(bucket), clockKey(userId), ...members.map((one) => positionsKey(bucket, one))]
      await redis.erasePositions(keys.length, ...keys, ...members)
    },
  }
}

/** The fields of a hash: a lecture's `seconds|stamp`, what was watched of it after a `w`, `last` and `v`. */
function snapshotOf(member: Member, hash: Record<string, string>): Snapshot | undefined {
  const { last, v, ...lectures } = hash
  if (last === undefined || v === undefined) return undefined
  const [userId = '', courseId = ''] = member.split(':')
  const positions: Positions = {}
  const watched: Record<string, Range[]> = {}
  for (const [field, saved] of Object.entries(lectures)) {
    if (field.startsWith('w')) {
      watched[field.slice(1)] = unpackRanges(saved)
      continue
    }
    const [watchTime, at] = saved.split('|', 2)
    positions[field] = { watchTime: Number(watchTime), at: Number(at) }
  }
  return { userId, courseId, positions, watched, last, at: Number(v) }
}
