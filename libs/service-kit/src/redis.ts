import { Redis } from 'ioredis'

/** A frozen server must not hold a request longer than the 2 s we promise. */
const COMMAND_TIMEOUT_MS = 1500

const reconnect = { retryStrategy: (times: number) => Math.min(times * 50, 1000) }

function quietly(redis: Redis): Redis {
  redis.on('error', () => {
    // Every command reports its own failure; without a listener ioredis writes to the console.
  })
  return redis
}

export type RedisOptions = {
  /** Sends what is asked for in one turn of the event loop in one write: for services with thousands of calls a second. */
  batched?: boolean
  /** How long a command may take; shorter where there is another way to the answer. */
  commandTimeoutMs?: number
}

/** For requests: a command fails at once while the server is away, and the client reconnects by itself. */
export async function connectRedis(url: string, options: RedisOptions = {}): Promise<Redis> {
  const { batched = false, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options
  const redis = quietly(
    new Redis(url, {
      ...reconnect,
      lazyConnect: true,
      commandTimeout: commandTimeoutMs,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      enableAutoPipelining: batched,
    }),
  )
  await redis.connect()
  return redis
}

/** For BullMQ and subscriptions: commands wait until the server is back. */
export function patientRedis(url: string): Redis {
  return quietly(new Redis(url, { ...reconnect, maxRetriesPerRequest: null }))
}

export const redisCheck = (redis: Redis) => () => redis.ping()
