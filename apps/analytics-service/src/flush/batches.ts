import type { Redis, Result } from 'ioredis'
import { BATCH_ID, BUCKETS, liveKey, pendingKey } from '../keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    claimBatch(live: string, pending: string): Result<[leftBehind: number, flat: string[]], Context>
    dropBatch(pending: string, id: string): Result<number, Context>
  }
}

/**
 * KEYS: live, pending. A batch that another flusher left behind comes first. Answers whether it is such a one, and
 * its fields and counts by turns.
 */
const claimScript = `
local found = redis.call('HGETALL', KEYS[2])
if #found > 0 then return {1, found} end
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, {}} end
redis.call('RENAME', KEYS[1], KEYS[2])
return {0, redis.call('HGETALL', KEYS[2])}
`

/** KEYS: pending. ARGV: id. A flusher that was held up must not drop the batch that came after its own. */
const dropScript = `
if redis.call('HGET', KEYS[1], '__id') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`

export type Deltas = { views: number; watchTimeMs: number }
export type CourseDeltas = Deltas & { courseId: string; lectures: Map<string, Deltas> }
export type Batch = { id: string; courses: CourseDeltas[] }
/** `leftBehind`: claimed before, by a flusher that did not come to its end; more may be waiting behind it. */
export type Claim = { batch: Batch; leftBehind: boolean }

export type Batches = {
  buckets: number
  /** The same batch again and again until it is dropped; undefined when there is nothing to flush. */
  claim(bucket: number): Promise<Claim | undefined>
  drop(bucket: number, id: string): Promise<void>
}

export function createBatches(redis: Redis): Batches {
  redis.defineCommand('claimBatch', { numberOfKeys: 2, lua: claimScript })
  redis.defineCommand('dropBatch', { numberOfKeys: 1, lua: dropScript })
  return {
    buckets: BUCKETS,
    async claim(bucket) {
      const [leftBehind, flat] = await redis.claimBatch(liveKey(bucket), pendingKey(bucket))
      return flat.length === 0 ? undefined : { batch: batchOf(flat), leftBehind: leftBehind === 1 }
    },
    async drop(bucket, id) {
      await redis.dropBatch(pendingKey(bucket), id)
    },
  }
}

const nothing = (): Deltas => ({ views: 0, watchTimeMs: 0 })

export function batchOf(flat: string[]): Batch {
  const courses = new Map<string, CourseDeltas>()
  let id = ''
  for (let i = 0; i < flat.length; i += 2) {
    const [field = '', value = ''] = [flat[i], flat[i + 1]]
    if (field === BATCH_ID) {
      id = value
      continue
    }
    const parts = field.split(':')
    const [courseId = '', lectureId = ''] = parts
    const course = courses.get(courseId) ?? { courseId, ...nothing(), lectures: new Map<string, Deltas>() }
    courses.set(courseId, course)
    const place = parts.length === 2 ? course : (course.lectures.get(lectureId) ?? nothing())
    if (parts.length === 3) course.lectures.set(lectureId, place)
    if (field.endsWith(':views')) place.views += Number(value)
    else place.watchTimeMs += Number(value)
  }
  return { id, courses: [...courses.values()] }
}
