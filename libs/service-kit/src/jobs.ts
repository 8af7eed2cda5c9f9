import type { JobType } from '@aetherlearn/contracts/shape'
import { Queue, Worker, type Job, type WorkerOptions } from 'bullmq'
import { patientRedis } from './redis.ts'

/** All keys of one queue carry its hash tag, so that they share a slot of a Redis Cluster. */
export const queuePrefix = (queue: string) => `{${queue}}`

/** What travels with each job besides its payload. */
export type Envelope<T = unknown> = { id: string; name: string; payload: T; traceId: string }

const RETRY_LIMIT_MS = 30_000
/** Doubles from 200 ms to half a minute: a database that is away for an hour must cost no event. */
const backoff = (attempt: number) => Math.min(200 * 2 ** Math.min(attempt, 10), RETRY_LIMIT_MS)

/** Its `close` ends the connection too, which BullMQ leaves open when it was handed one. */
export type OpenQueue = { queue: Queue<Envelope>; close(): Promise<void> }

/** `slotOf` is the queue whose slot it shares, where jobs of both are parents and children: its own if left out. */
export function openQueue(redisUrl: string, name: string, slotOf = name): OpenQueue {
  const connection = patientRedis(redisUrl)
  const queue = new Queue<Envelope>(name, {
    connection,
    prefix: queuePrefix(slotOf),
    defaultJobOptions: {
      attempts: 100_000,
      backoff: { type: 'custom' },
      // Kept for a day, so that an outbox row relayed twice meets its first job.
      removeOnComplete: { age: 24 * 3600, count: 10_000 },
      removeOnFail: { age: 7 * 24 * 3600 },
    },
  })
  queue.on('error', () => {
    // The relay sees the failed call and tries again.
  })
  const close = async () => {
    await queue.close()
    connection.disconnect()
  }
  return { queue, close }
}

export type WorkOptions = {
  redisUrl: string
  queue: string
  /** As for `openQueue`. */
  slotOf?: string
  concurrency?: number
  onError?: (error: Error) => void
  settings?: Partial<WorkerOptions>
}

/** `close` waits for the jobs under way; their connection ends with it. */
export type OpenWorker = { worker: Worker<Envelope>; close(): Promise<void> }
export type HandleJob = (job: Job<Envelope>, token?: string) => Promise<unknown>

/** Works on one queue until closed. */
export function openWorker(options: WorkOptions, handle: HandleJob): OpenWorker {
  const connection = patientRedis(options.redisUrl)
  const worker = new Worker<Envelope>(options.queue, handle, {
    connection,
    prefix: queuePrefix(options.slotOf ?? options.queue),
    concurrency: options.concurrency ?? 1,
    settings: { backoffStrategy: backoff },
    ...options.settings,
  })
  worker.on('error', (error) => options.onError?.(error))
  worker.on('failed', (_job, error) => options.onError?.(error))
  const close = async () => {
    await worker.close()
    connection.disconnect()
  }
  return { worker, close }
}

/** The queue on which an app hears its events. */
export const eventQueue = (app: string) => `events-${app}`
export const jobQueue = (type: JobType) => type.queue
