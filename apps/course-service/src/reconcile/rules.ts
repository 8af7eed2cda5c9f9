import type { SentJob } from '@aetherlearn/service-kit/outbox'

/** What its queue knows of a job. */
export type QueuedJob = { finishedAt?: Date }

/**
 * Whether nothing more will come of a job that was sent. What a worker says of a finished one is on its way for a while; one
 * that has not finished lives, however long it waits.
 */
export function isLost(job: SentJob, queued: QueuedJob | undefined, since: Date): boolean {
  if (job.sentAt > since) return false
  if (queued === undefined) return true
  return queued.finishedAt !== undefined && queued.finishedAt <= since
}
