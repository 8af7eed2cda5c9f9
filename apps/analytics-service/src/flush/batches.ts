import type { Redis, Result } from 'ioredis'
import { daysOf, heatOf, playbackOf, studentsOf, type Batch } from '../batch.ts'
import { BATCH_BEGAN, BATCH_ID, BUCKETS, courseKeys, dirtyKey, type BatchKeys } from '../keys.ts'

type Flat = Buffer[]
declare module 'ioredis' {
  interface RedisCommander<Context> {
    claimBatchBuffer(
      ...keysAndArgs: string[]
    ): Result<[leftBehind: number, counts: Flat, heat: Flat, people: Flat, students: Flat], Context>
    dropBatch(...keysAndArgs: string[]): Result<number, Context>
  }
}

/**
 * KEYS: live counts, heat, people and students, the same four of the claimed batch, dirty. ARGV: course. A batch that
 * another flusher left behind comes first. Answers whether it is such a one, and its four hashes.
 */
const claimScript = `
local leftBehind = redis.call('EXISTS', KEYS[5])
if leftBehind == 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('SREM', KEYS[9], ARGV[1])
    return {0, {}, {}, {}, {}}
  end
  for i = 1, 4 do
    if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('RENAME', KEYS[i], KEYS[i + 4]) end
  end
end
return {
  leftBehind,
  redis.call('HGETALL', KEYS[5]),
  redis.call('HGETALL', KEYS[6]),
  redis.call('HGETALL', KEYS[7]),
  redis.call('HGETALL', KEYS[8]),
}
`

/**
 * KEYS: the claimed batch's four hashes, live counts, dirty. ARGV: id, course. A flusher that was held up must not drop
 * the batch that came after its own.
 */
const dropScript = `
if redis.call('HGET', KEYS[1], '__id') ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
if redis.call('EXISTS', KEYS[5]) == 0 then redis.call('SREM', KEYS[6], ARGV[2]) end
return 1
`

/** `leftBehind`: claimed before, by a flusher that did not come to its end; more may be waiting behind it. */
export type Claim = { batch: Batch; leftBehind: boolean }

export type Batches = {
  /** The courses that have a batch. */
  dirty(): Promise<string[]>
  /** The same batch again and again until it is dropped; undefined when there is nothing to flush. */
  claim(courseId: string): Promise<Claim | undefined>
  drop(courseId: string, id: string): Promise<void>
}

export function createBatches(redis: Redis): Batches {
  redis.defineCommand('claimBatch', { numberOfKeys: 9, lua: claimScript })
  redis.defineCommand('dropBatch', { numberOfKeys: 6, lua: dropScript })
  return {
    async dirty() {
      const buckets = Array.from({ length: BUCKETS }, (_, bucket) => redis.smembers(dirtyKey(bucket)))
      return (await Promise.all(buckets)).flat()
    },

    async claim(courseId) {
      const { liveBatch: live, pendingBatch: pending, dirty } = courseKeys(courseId)
      const keys = [...hashesOf(live), ...hashesOf(pending)]
      const [leftBehind, ...found] = await redis.claimBatchBuffer(...keys, dirty, courseId)
      if (found[0].length === 0) return undefined
      return { batch: batchOf(courseId, ...found), leftBehind: leftBehind === 1 }
    },

    async drop(courseId, id) {
      const { liveBatch: live, pendingBatch: pending, dirty } = courseKeys(courseId)
      await redis.dropBatch(...hashesOf(pending), live.counts, dirty, id, courseId)
    },
  }
}

const hashesOf = ({ counts, heat, people, students }: BatchKeys) => [counts, heat, people, students]

function* pairs(flat: Flat): Generator<[string, Buffer]> {
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [field, value] = [flat[i], flat[i + 1]]
    if (field !== undefined && value !== undefined) yield [field.toString('latin1'), value]
  }
}
function* texts(flat: Flat): Generator<[string, string]> {
  for (const [field, value] of pairs(flat)) yield [field, value.toString('latin1')]
}

function batchOf(courseId: string, counts: Flat, heat: Flat, people: Flat, students: Flat): Batch {
  const entries = [...texts(counts)]
  const said = new Map(entries)
  const beganAt = said.get(BATCH_BEGAN)
  const playbacks = [...pairs(people)].map(([id, snapshot]) => playbackOf(id, snapshot))
  return {
    id: said.get(BATCH_ID) ?? '',
    ...(beganAt !== undefined && { beganAt: new Date(Number(beganAt)) }),
    courseId,
    days: daysOf(entries),
    heat: heatOf(texts(heat)),
    playbacks,
    students: studentsOf(texts(students), playbacks),
  }
}
