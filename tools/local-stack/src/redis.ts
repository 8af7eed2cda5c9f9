import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort, startChild, untilReady } from './child.ts'
import { findProgram } from './programs.ts'

const READY_SECONDS = 15

export type RedisServerOptions = {
  folder: string
  port: number
  /** True for state and queues: nothing acknowledged is lost when the process dies. */
  appendonly: boolean
  maxmemoryPolicy?: 'noeviction' | 'allkeys-lru'
  /** A Redis Cluster of this one node, which refuses what a larger one would. */
  clustered?: boolean
  say?: (line: string) => void
  /** Breaks off the start. */
  signal?: AbortSignal | undefined
}
export type RunningRedis = {
  url: string
  port: number
  stop(): Promise<void>
  /** How the process that was started first ended. */
  exited: Promise<string>
  /** SIGSTOP freezes it, SIGCONT wakes it; SIGKILL kills it and waits until it is gone. */
  signal(signal: NodeJS.Signals): Promise<void>
  /** Starts it again on the same port and data after a kill. */
  restart(): Promise<void>
}

/** A redis-server on the data in `folder`; `port` 0 takes a free one. */
export async function startRedis(options: RedisServerOptions): Promise<RunningRedis> {
  const { folder, appendonly, maxmemoryPolicy = 'noeviction', clustered = false, say = () => {} } = options
  const program = await findProgram(
    { name: 'redis-server', debianPackage: 'redis-server', setting: 'REDIS_SERVER' },
    say,
  )
  const port = options.port === 0 ? await freePort() : options.port
  await mkdir(folder, { recursive: true })
  const memory = ['--maxmemory-policy', maxmemoryPolicy, '--save', '']
  const durable = appendonly ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no']
  const cluster = clustered ? ['--cluster-enabled', 'yes'] : []
  const spec = {
    name: 'redis-server',
    program,
    args: [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--daemonize',
      'no',
      ...memory,
      ...durable,
      ...cluster,
    ],
    logFile: join(folder, 'redis.log'),
    pidFile: join(folder, 'redis-server.pid'),
  }
  const launch = async () => {
    const child = await startChild(spec)
    await untilReady(child, spec, READY_SECONDS, () => answersPing(port), options.signal)
    return child
  }
  let child = await launch()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: () => child.stop(),
    exited: child.exited,
    signal: async (signal) => {
      child.process.kill(signal)
      if (signal === 'SIGKILL') await child.exited
    },
    restart: async () => {
      await child.stop('SIGKILL')
      child = await launch()
    },
  }
}

async function answersPing(port: number): Promise<boolean> {
  const redis = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 500,
  })
  redis.on('error', () => {
    // Not there yet: `connect` rejects.
  })
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } finally {
    redis.disconnect()
  }
}
