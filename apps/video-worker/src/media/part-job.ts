import { Id, job, type Payload } from '@aetherlearn/contracts/shape'
import { Type } from 'typebox'

/** One task of a video that is made in parts; from a worker to all workers, and nobody else's matter. */
export const videoPartJob = job(
  'video-parts',
  Type.Object({
    lectureId: Id,
    uploadId: Id,
    instructorId: Id,
    runId: Type.String(),
    task: Type.String(),
    /** Of `video-queue`: it waits for this one, and tells the progress of all. */
    parentId: Type.String(),
  }),
)
export type VideoPartJob = Payload<typeof videoPartJob>
