import { lectureProgress, videoJob } from '@aetherlearn/contracts/media'
import { openWorker, type Envelope } from '@aetherlearn/service-kit/jobs'
import type { Live } from '@aetherlearn/service-kit/live'
import { DelayedError, type Job } from 'bullmq'
import type { Logger } from 'pino'
import { Compile } from 'typebox/compile'
import { processVideo, type Outcome, type VideoDeps, type VideoJob } from './process-video.ts'

/** A killed worker's job is another's at once, not a failure: the attempts are counted in MongoDB. */
const MAX_STALLED_COUNT = 100
const PROGRESS_EVERY_MS = 1000
const payload = Compile(videoJob.payload)

export type VideoWorkerOptions = VideoDeps & {
  redisUrl: string
  live: Live
  log: Logger
  concurrency: number
  lockDurationMs: number
  stalledCheckMs: number
  onOutcome: (outcome: Outcome, seconds: number) => void
}
export type VideoWorker = { stop(): Promise<void> }

/** Works on `video-queue`. `stop` ends ffmpeg and hands its jobs back, so that no attempt is counted. */
export function startVideoWorker(options: VideoWorkerOptions): VideoWorker {
  const { log, redisUrl, concurrency, lockDurationMs, stalledCheckMs } = options
  const stopping = new AbortController()
  const handle = async (job: Job<Envelope>, token?: string) => {
    const video = payload.Parse(job.data.payload)
    const about = { lectureId: video.lectureId, uploadId: video.uploadId, traceId: job.data.traceId }
    const began = performance.now()
    log.info(about, 'video taken up')
    try {
      const onProgress = progressOf(job, video, options.live)
      const outcome = await processVideo(options, video, { signal: stopping.signal, onProgress })
      const seconds = (performance.now() - began) / 1000
      options.onOutcome(outcome, seconds)
      log.info({ ...about, outcome, seconds }, 'video done')
      return outcome
    } catch (error) {
      if (!stopping.signal.aborted) throw error
      log.info(about, 'video handed back')
      await job.moveToDelayed(Date.now(), token)
      throw new DelayedError()
    }
  }
  const settings = { lockDuration: lockDurationMs, stalledInterval: stalledCheckMs, maxStalledCount: MAX_STALLED_COUNT }
  const onError = (error: Error) => {
    if (!(error instanceof DelayedError)) log.warn({ err: error }, 'video job failed, trying again')
  }
  const open = openWorker({ redisUrl, queue: videoJob.queue, concurrency, onError, settings }, handle)
  return {
    stop: async () => {
      stopping.abort()
      await open.close()
    },
  }
}

/** Tells the queue and the instructor, at most once a second. */
function progressOf(job: Job<Envelope>, video: VideoJob, live: Live) {
  let toldAt = 0
  return (percent: number) => {
    const now = performance.now()
    if (now - toldAt < PROGRESS_EVERY_MS && toldAt > 0) return
    toldAt = now
    void live.toUser(video.instructorId, lectureProgress, { lectureId: video.lectureId, percent })
    // A lost job lock makes this fail; the claim in MongoDB decides what that means.
    job.updateProgress(percent).catch(() => undefined)
  }
}
