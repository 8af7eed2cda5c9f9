import type { Redis, Result } from 'ioredis'
import { daysOf } from '../batch.ts'
import { WHOLE } from '../flush/sketches.ts'
import { BATCH_ID, courseKeys } from '../keys.ts'
import type { LiveCounts, Part, Uniques } from './rules.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    readCourse(
      numberOfKeys: number,
      ...keysAndField: string[]
    ): Result<[live: string[], pending: string[], whole: number, users: number[]], Context>
  }
}

/**
 * KEYS: counts of the live batch and of the claimed one, merged, HyperLogLogs. ARGV: field of merged. All of one moment:
 * a batch claimed between two reads would be seen as live and as claimed. One call, as a client takes longer to make a
 * thousand commands than the server to do them.
 */
const readScript = `
local users = {}
for i = 4, #KEYS do users[i - 3] = redis.call('PFCOUNT', KEYS[i]) end
return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('HEXISTS', KEYS[3], ARGV[1]), users}
`

export type LiveReader = {
  /** What Redis has of a course, with the students of these lectures and days; one round trip. */
  read(courseId: string, lectureIds: string[], days: string[]): Promise<LiveCounts>
}

export function createLiveReader(redis: Redis): LiveReader {
  redis.defineCommand('readCourse', { lua: readScript })
  return {
    async read(courseId, lectureIds, days) {
      const { liveBatch, pendingBatch, merged, users, dayUsers } = courseKeys(courseId)
      const keys = [
        liveBatch.counts,
        pendingBatch.counts,
        merged,
        users(),
        ...lectureIds.map((lectureId) => users(lectureId)),
        ...days.map(dayUsers),
      ]
      const [live, pending, whole, counts] = await redis.readCourse(keys.length, ...keys, WHOLE)
      return {
        parts: [live, pending].flatMap(partOf),
        whole: whole === 1,
        uniques: uniquesOf(counts, lectureIds, days),
      }
    },
  }
}

function uniquesOf(counts: number[], lectureIds: string[], days: string[]): Uniques {
  const from = (start: number, names: string[]) =>
    new Map(names.map((name, i) => [name, counts[start + i] ?? 0]))
  return {
    course: counts[0] ?? 0,
    lectures: from(1, lectureIds),
    days: from(1 + lectureIds.length, days),
  }
}

/** Of fields and values by turns; nothing where there is no batch. */
function partOf(flat: string[]): Part[] {
  const entries = Array.from({ length: flat.length / 2 }, (_, i): [string, string] => [
    flat[2 * i] ?? '',
    flat[2 * i + 1] ?? '',
  ])
  const id = entries.find(([field]) => field === BATCH_ID)?.[1]
  return id === undefined ? [] : [{ id, days: daysOf(entries) }]
}
