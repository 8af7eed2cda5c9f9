import { videoJob } from '@aetherlearn/contracts/media'
import { openQueue } from '@aetherlearn/service-kit/jobs'
import type { QueuedJob } from './rules.ts'

export type VideoQueue = ReturnType<typeof openVideoQueue>

/** For looking into it. Nobody here works on videos. */
export function openVideoQueue(redisUrl: string) {
  const { queue, close } = openQueue(redisUrl, videoJob.queue)
  return {
    // Not the state that BullMQ tells: for that it reads whole lists.
    find: async (jobIds: string[]): Promise<Map<string, QueuedJob>> => {
      const jobs = await Promise.all(jobIds.map((jobId) => queue.getJob(jobId)))
      const found = new Map<string, QueuedJob>()
      for (const job of jobs) {
        if (job?.id === undefined) continue
        found.set(job.id, job.finishedOn === undefined ? {} : { finishedAt: new Date(job.finishedOn) })
      }
      return found
    },
    close,
  }
}
