import { lectureProgress } from '@aetherlearn/contracts/media'
import type { Live } from '@aetherlearn/service-kit/live'
import type { Progress } from './progress.ts'
import type { VideoRef } from './store.ts'

/** ffmpeg says more often how far it is than anybody wants to know. */
const ASK_EVERY_MS = 500

export type TellerOptions = {
  live: Pick<Live, 'toUser'>
  progress: Progress
  tellQueue: (jobId: string, percent: number) => Promise<unknown>
}
export type Teller = ReturnType<typeof createTeller>

/** Tells the queue and the instructor how much of a video is done: never less than before, at most once a second. */
export const createTeller = ({ live, progress, tellQueue }: TellerOptions) => ({
  about: ({ lectureId, uploadId, instructorId }: VideoRef, jobId: string) => {
    const asked = new Map<string, number>()
    return async (task: string, share: number): Promise<void> => {
      const askedAt = asked.get(task) ?? -Infinity
      if (share < 1 && performance.now() < askedAt + ASK_EVERY_MS) return
      asked.set(task, performance.now())
      const percent = await progress.add(uploadId, task, share)
      if (percent === undefined) return
      void live.toUser(instructorId, lectureProgress, { lectureId, percent })
      await tellQueue(jobId, percent).catch(() => {
        // Redis is away, or the job is gone; the row in MongoDB decides what that means.
      })
    }
  },
})
