import type { RoundsOptions } from '@aetherlearn/service-kit/rounds'
import type { Redis } from 'ioredis'
import type { CountedFact } from '../ingest/counters.ts'
import { BUCKETS, eventsKey } from '../keys.ts'
import { packFact } from './event.ts'

export type GateOptions = { redis: Redis; mostWaiting: number }

const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket)

/**
 * Events wait in the Redis that counts lie in. Before they fill it no more are logged: a log with a gap is worth more than
 * counting that stands still.
 */
export function createGate({ redis, mostWaiting }: GateOptions) {
  let open = true
  return {
    /** '': this one is not logged. */
    pack: (fact: CountedFact) => (open ? packFact(fact) : ''),
    /** To be done again and again. Says once when it shuts and when it opens. */
    async lookOnce(log: RoundsOptions['log']): Promise<void> {
      const lengths = await Promise.all(buckets.map((bucket) => redis.xlen(eventsKey(bucket))))
      const waiting = lengths.reduce((sum, length) => sum + length, 0)
      // Not at the same mark, so that it does not open and shut all the time.
      const now = open ? waiting <= mostWaiting : waiting <= mostWaiting / 2
      if (now !== open) log.warn({ waiting, mostWaiting, logged: now }, 'the event log has a gap')
      open = now
    },
  }
}
