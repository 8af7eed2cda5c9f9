import type { JobType, Payload } from '@aetherlearn/contracts/shape'
import { openQueue } from '@aetherlearn/service-kit/jobs'
import { newId } from './ids.ts'

/** Adds a job as the relay of an outbox does. */
export async function sendJob<T extends JobType>(
  redisUrl: string,
  type: T,
  payload: Payload<T>,
): Promise<void> {
  const { queue, close } = openQueue(redisUrl, type.queue)
  const envelope = { id: newId(), name: type.queue, payload, traceId: '0'.repeat(32) }
  try {
    await queue.add(type.queue, envelope, { jobId: `outbox-${envelope.id}` })
  } finally {
    await close()
  }
}
