import type { Redis } from 'ioredis'
import { BUCKETS, eventsKey } from '../keys.ts'
import { eventOf, type LogEvent } from './event.ts'
import type { EventLog } from './port.ts'
import type { Pseudonyms } from './pseudonym-store.ts'

/** Of one bucket at once. */
const MOST = 500

export type DrainDeps = {
  redis: Redis
  log: Pick<EventLog, 'append'>
  pseudonyms: Pick<Pseudonyms, 'of'>
}

/** Of somebody who is known; those who must not be have other names, or none. */
const USER_ID = /^[0-9a-f]{24}$/

/**
 * Hands on the events that were written as they were counted, in the same step. They leave Redis only after the log has
 * them, so whoever dies in between hands them on again, with the same ids. From here on pseudonyms stand for students.
 */
export function createDrain({ redis, log, pseudonyms }: DrainDeps) {
  const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket)

  async function withoutUsers(events: LogEvent[]): Promise<LogEvent[]> {
    const userIds = new Set(events.map(({ userId }) => userId).filter((name) => USER_ID.test(name)))
    const named = await pseudonyms.of([...userIds])
    return events.map((event) => ({ ...event, userId: named.get(event.userId) ?? event.userId }))
  }

  async function handOver(asked: readonly number[]) {
    const found = await Promise.all(
      asked.map((bucket) => redis.xrange(eventsKey(bucket), '-', '+', 'COUNT', MOST)),
    )
    const events = found.flat().map(([, fields]) => eventOf(recordOf(fields)))
    if (events.length > 0) await log.append(await withoutUsers(events))
    await Promise.all(
      found.map(async (entries, i) => {
        const last = entries.at(-1)?.[0]
        // Whatever is not after it was read above.
        if (last !== undefined) await redis.xtrim(eventsKey(asked[i] ?? 0), 'MINID', idAfter(last))
      }),
    )
    const full = asked.filter((_, i) => found[i]?.length === MOST)
    return { count: events.length, full }
  }

  return {
    /** Answers how many events it handed on. */
    async drainOnce(): Promise<number> {
      let drained = 0
      let left = buckets
      while (left.length > 0) {
        const { count, full } = await handOver(left)
        drained += count
        left = full
      }
      return drained
    },
  }
}
export type Drain = ReturnType<typeof createDrain>

function recordOf(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let i = 0; i < flat.length; i += 2) fields[flat[i] ?? ''] = flat[i + 1] ?? ''
  return fields
}

/** The smallest id of a stream that is larger: `1700000000000-7` → `1700000000000-8`. */
function idAfter(id: string): string {
  const [ms = '0', number = '0'] = id.split('-')
  return `${ms}-${BigInt(number) + 1n}`
}
