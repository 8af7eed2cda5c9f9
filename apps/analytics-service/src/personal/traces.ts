import type { Redis } from 'ioredis'
import { playbackOf, type Playback } from '../batch.ts'
import { courseKeys, GONE, refusedKey, watchedKey } from '../keys.ts'

export type Traces = {
  /** Somebody's playbacks in these courses that wait to be stored. */
  playbacks(userId: string, courseIds: string[]): AsyncIterable<Playback & { courseId: string }>
  /** What they have watched of these courses that waits to be stored: `day:user` → ms. */
  times(userId: string, courseIds: string[]): AsyncIterable<{ courseId: string; field: string; ms: number }>
  /** How many there are of both. */
  count(userId: string, courseIds: string[]): Promise<Record<string, number>>
  /** Removes both. */
  remove(userId: string, courseIds: string[]): Promise<void>
  /** Removes all there is, and takes no report of this person from now on. */
  erase(userId: string, courseIds: string[]): Promise<void>
}
type Found = { key: string; field: string; courseId: string; value: Buffer }

/** Looked through in one call, which others wait for. */
const AT_ONCE = 500
/** No access token lives so long. */
const GONE_SECONDS = 2 * 24 * 3600

/** What Redis holds about a person between two flushes. */
export function createTraces(redis: Redis): Traces {
  /** In the order in which a claim moves them, so that it leaves none unseen. */
  async function* find(courseIds: string[], hash: 'people' | 'students', isTheirs: (one: Entry) => boolean) {
    for (const courseId of courseIds) {
      const { liveBatch, pendingBatch } = courseKeys(courseId)
      for (const key of [liveBatch[hash], pendingBatch[hash]])
        for await (const entry of entriesOf(redis, key))
          if (isTheirs(entry)) yield { key, courseId, ...entry } satisfies Found
    }
  }
  const findPlaybacks = (userId: string, courseIds: string[]) =>
    find(courseIds, 'people', ({ value }) => value.includes(`|${userId}|`))
  async function remove(userId: string, courseIds: string[]) {
    for (const find of [findPlaybacks, findTimes])
      for await (const { key, field } of find(userId, courseIds)) await redis.hdel(key, field)
  }
  const findTimes = (userId: string, courseIds: string[]) =>
    find(courseIds, 'students', ({ field }) => field.endsWith(`:${userId}`))

  return {
    remove,
    async count(userId, courseIds) {
      let waiting = 0
      for (const find of [findPlaybacks, findTimes])
        for await (const _one of find(userId, courseIds)) waiting += 1
      return { waiting }
    },

    async *playbacks(userId, courseIds) {
      for await (const { courseId, field, value } of findPlaybacks(userId, courseIds))
        yield { ...playbackOf(field, value), courseId }
    },

    async *times(userId, courseIds) {
      for await (const { courseId, field, value } of findTimes(userId, courseIds))
        yield { courseId, field, ms: Number(value.toString('latin1')) }
    },

    async erase(userId, courseIds) {
      await redis.set(watchedKey(userId), GONE, 'EX', GONE_SECONDS)
      await redis.del(refusedKey(userId))
      await remove(userId, courseIds)
    },
  }
}

type Entry = { field: string; value: Buffer }

async function* entriesOf(redis: Redis, key: string): AsyncGenerator<Entry> {
  let cursor = '0'
  do {
    const [next, found] = await redis.hscanBuffer(key, cursor, 'COUNT', AT_ONCE)
    for (let i = 0; i < found.length; i += 2) {
      const [field, value] = [found[i], found[i + 1]]
      if (field !== undefined && value !== undefined) yield { field: field.toString('latin1'), value }
    }
    cursor = next.toString('latin1')
  } while (cursor !== '0')
}
