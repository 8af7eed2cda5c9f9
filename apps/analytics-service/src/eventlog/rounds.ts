import { startRounds, type RoundsOptions } from '@aetherlearn/service-kit/rounds'
import type { Redis } from 'ioredis'
import { underLease } from '../flush/lease.ts'
import type { OpenEventLog } from './open.ts'

export type EventRoundsOptions = {
  eventLog: Pick<OpenEventLog, 'drainOnce' | 'feedOnce' | 'lookOnce' | 'close'>
  redis: Redis
  everyMs: number
  log: RoundsOptions['log']
}

/** Longer than a round takes, while Kafka and ClickHouse answer; one that takes longer is joined by another instance. */
const LEASE_MS = 20_000

/** Hands events on, from Redis to the log and from there into the table; one instance at a time is at each of the two. */
export function startEventRounds({ eventLog, redis, everyMs, log }: EventRoundsOptions) {
  const start = (name: string, work: () => Promise<unknown>) =>
    startRounds({
      name,
      everyMs,
      work: underLease(redis, work, { key: `an:${name}-lease`, ms: LEASE_MS }),
      log,
    })
  const rounds = [
    start('event-drain', eventLog.drainOnce),
    start('event-feed', eventLog.feedOnce),
    // Each instance for itself.
    startRounds({ name: 'event-gate', everyMs, work: () => eventLog.lookOnce(log), log }),
  ]
  return {
    async stop() {
      await Promise.all(rounds.map((round) => round.stop()))
      // Where Kafka is away they wait in Redis for the next process.
      await eventLog.drainOnce().catch((error: unknown) => log.warn({ err: error }, 'events are left behind'))
      await eventLog.close()
    },
  }
}
