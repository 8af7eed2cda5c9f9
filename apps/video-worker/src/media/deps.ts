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
}

export type Video = VideoJob

export type RunOptions = {
  signal: AbortSignal
  /** Share of the whole video, 0 to 1, that this task of it has done. */
  onShare: (task: string, share: number) => void
  traceId: string
}
