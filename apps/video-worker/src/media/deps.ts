import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { Logger } from 'pino'
import type { EncodeSettings } from '../transcode/picture.ts'
import type { SegmentFormat } from '../transcode/plan.ts'
import type { Programs } from '../transcode/run.ts'
import type { SourceSettings } from './source.ts'
import type { MediaStore } from './store.ts'
import type { TaskStore } from './task-store.ts'
import type { VideoJob } from './video-job.ts'
import type { WorkFolder } from './work-folder.ts'

/** Tries of one video, and of one of its parts, by our own count in MongoDB: the queue's own counts forget. */
export const MAX_ATTEMPTS = 5

/** What it takes to make a video or a part of it. */
export type VideoDeps = {
  media: MediaStore
  tasks: TaskStore
  objects: ObjectStore
  source: SourceSettings
  workFolder: WorkFolder
  programs: Programs
  settings: EncodeSettings
  format: SegmentFormat
  /** Videos of less than two parts are not cut; left out: none is. */
  partSeconds?: number
  log: Pick<Logger, 'warn'>
  /** Hears how long was spent on a video in parts beside encoding. */
  onStage: (stage: Stage, seconds: number) => void
}

/** The claimant's own work on a video that all workers make: before its parts are made, and after. */
export type Stage = 'cut' | 'join'

export async function timed<T>(
  { onStage }: Pick<VideoDeps, 'onStage'>,
  stage: Stage,
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now()
  const result = await work()
  onStage(stage, (performance.now() - began) / 1000)
  return result
}

export type Video = VideoJob

export type RunOptions = {
  signal: AbortSignal
  /** Share of the whole video, 0 to 1, that this task of it has done. */
  onShare: (task: string, share: number) => void
  traceId: string
}
