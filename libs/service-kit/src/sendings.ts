import type { Redis } from 'ioredis'
import type { Connection } from 'mongoose'
import type { Logger } from 'pino'
import { outboxModel } from './outbox.ts'

export type Sendings = ReturnType<typeof createSendings>

/**
 * Sendings are counted in Redis itself, and each row keeps the number of its own. A number that Redis has not reached was
 * given by a Redis that has lost something since: one that was wiped, restored from a copy, or followed by a replica that
 * lagged behind. What was sent since then is sent again; whoever worked on it already knows it by its id.
 */
export function createSendings(connection: Connection, redis: Redis, log: Pick<Logger, 'warn'>) {
  const Row = outboxModel(connection)
  const counter = `outbox:${connection.name}:sendings`
  const recall = async (reached: number) => {
    const unsent = { $set: { sentAt: null, dueAt: new Date() }, $unset: { sending: 1 as const } }
    const { modifiedCount } = await Row.updateMany({ sending: { $gt: reached } }, unsent)
    if (modifiedCount > 0) log.warn({ rows: modifiedCount }, 'Redis has lost jobs, sending them again')
  }
  return {
    /** Marks as unsent what Redis has lost. Answers how many sendings it knows of. */
    recallLost: async (): Promise<number> => {
      const reached = Number(await redis.get(counter))
      await recall(reached)
      return reached
    },

    /** The number of what has just been sent; throws where Redis may have lost it since it had `reached`. */
    count: async (reached: number): Promise<number> => {
      const sending = await redis.incr(counter)
      if (sending > reached) return sending
      // That count has hidden a loss from everyone who looks for it from now on.
      await recall(sending - 1)
      throw new Error('Redis was wiped while rows of the outbox were being sent')
    },
  }
}
