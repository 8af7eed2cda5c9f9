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

/**
 * What is asked for in one turn of the event loop leaves in one write. The client's own auto-pipelining does so too, but
 * makes a pipeline object each time, lets one wait for the answers to the one before, and so keeps alive what should die
 * young: the collector then stops a busy service for tens of milliseconds.
 */
function writeTogether(redis: Redis): Redis {
  let held: Redis['stream'] | undefined
  const release = () => {
    held?.uncork()
    held = undefined
  }
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) => {
    if (held === undefined && redis.status === 'ready') {
      held = redis.stream
      held.cork()
      setImmediate(release)
    }
    return send(command, stream)
  }
  return redis
}

export type RedisOptions = {
  /**
   * For services with thousands of calls a second: what is asked for in one turn of the event loop leaves in one write,
   * and one timer watches over all calls. A server that is silent for as long as a command may take loses its connection.
   */
  batched?: boolean
  /** How long a command may take; shorter where there is another way to the answer. */
  commandTimeoutMs?: number
}

/** For requests: a command fails at once while the server is away, and the client reconnects by itself. */
export async function connectRedis(url: string, options: RedisOptions = {}): Promise<Redis> {
  const { batched = false, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options
  const limit = batched ? { socketTimeout: commandTimeoutMs } : { commandTimeout: commandTimeoutMs }
  const redis = quietly(
    new Redis(url, {
      ...reconnect,
      ...limit,
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
    }),
  )
  if (batched) writeTogether(redis)
  await redis.connect()
  return redis
}

/** For BullMQ and subscriptions: commands wait until the server is back. */
export function patientRedis(url: string): Redis {
  return quietly(new Redis(url, { ...reconnect, maxRetriesPerRequest: null }))
}

export const redisCheck = (redis: Redis) => () => redis.ping()
