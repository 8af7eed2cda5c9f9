import type { Redis } from 'ioredis'
import { playbackOf, type Playback } from '../batch.ts'
import { courseKeys, watchedKey } from '../keys.ts'

export type Traces = {
  /** Somebody's playbacks in these courses that wait to be stored. */
  playbacks(userId: string, courseIds: string[]): AsyncIterable<Playback & { courseId: string }>
  /** Removes them, and takes no report of this person from now on. */
  erase(userId: string, courseIds: string[]): Promise<void>
}
type Found = { key: string; field: string; courseId: string; snapshot: Buffer }

/** Looked through in one call, which others wait for. */
const AT_ONCE = 500

/** What Redis holds about a person between two flushes. */
export function createTraces(redis: Redis): Traces {
  async function* find(userId: string, courseIds: string[]): AsyncGenerator<Found> {
    for (const courseId of courseIds) {
      const { liveBatch, pendingBatch } = courseKeys(courseId)
      // In the order in which a claim moves them, so that it leaves none unseen.
      for (const key of [liveBatch.people, pendingBatch.people])
        for await (const { field, snapshot } of entriesOf(redis, key))
          if (snapshot.includes(`|${userId}|`)) yield { key, field, courseId, snapshot }
    }
  }

  return {
    async *playbacks(userId, courseIds) {
      for await (const { courseId, field, snapshot } of find(userId, courseIds))
        yield { ...playbackOf(field, snapshot), courseId }
    },

    async erase(userId, courseIds) {
      await redis.del(watchedKey(userId))
      for await (const { key, field } of find(userId, courseIds)) await redis.hdel(key, field)
    },
  }
}

async function* entriesOf(redis: Redis, key: string): AsyncGenerator<{ field: string; snapshot: Buffer }> {
  let cursor = '0'
  do {
    const [next, found] = await redis.hscanBuffer(key, cursor, 'COUNT', AT_ONCE)
    for (let i = 0; i < found.length; i += 2) {
      const [field, snapshot] = [found[i], found[i + 1]]
      if (field !== undefined && snapshot !== undefined) yield { field: field.toString('latin1'), snapshot }
    }
    cursor = next.toString('latin1')
  } while (cursor !== '0')
}
