import { lectureProgress, videoJob } from '@aetherlearn/contracts/media'
import { openWorker, type Envelope } from '@aetherlearn/service-kit/jobs'
import type { Live } from '@aetherlearn/service-kit/live'
import { DelayedError, UnrecoverableError, type Job } from 'bullmq'
import type { Logger } from 'pino'
import { Compile } from 'typebox/compile'
import { processVideo, type Outcome, type VideoDeps, type VideoJob } from './process-video.ts'

/** A killed worker's job is another's at once, not a failure: the attempts are counted in MongoDB. */
const MAX_STALLED_COUNT = 100
const PROGRESS_EVERY_MS = 1000
/** Four times longer before each further try, an hour at most. */
const RETRY_GROWTH = 4
const LONGEST_RETRY_MS = 3_600_000
const payload = Compile(videoJob.payload)

export type VideoWorkerOptions = VideoDeps & {
  redisUrl: string
  live: Live
  log: Logger
  concurrency: number
  lockDurationMs: number
  stalledCheckMs: number
  /** Before the second try of a video that failed by no fault of its own. */
  retryDelayMs: number
  onOutcome: (outcome: Outcome, seconds: number) => void
}
export type VideoWorker = { stop(): Promise<void> }

/** Works on `video-queue`. `stop` ends ffmpeg and hands its jobs back, so that no attempt is counted. */
export function startVideoWorker(options: VideoWorkerOptions): VideoWorker {
  const { log, redisUrl, concurrency } = options
  const stopping = new AbortController()
  const handle = async (job: Job<Envelope>, token?: string) => {
    try {
      return await handleJob(options, job, stopping.signal)
    } catch (error) {
      if (!stopping.signal.aborted) throw error
      log.info({ jobId: job.id }, 'video handed back')
      await job.moveToDelayed(Date.now(), token)
      throw new DelayedError()
    }
  }
  const onError = (error: Error) => log.warn({ err: error }, 'video job failed')
  const settings = settingsOf(options)
  const open = openWorker({ redisUrl, queue: videoJob.queue, concurrency, onError, settings }, handle)
  return {
    stop: async () => {
      stopping.abort()
      await open.close()
    },
  }
}

const settingsOf = ({ lockDurationMs, stalledCheckMs, retryDelayMs }: VideoWorkerOptions) => ({
  lockDuration: lockDurationMs,
  stalledInterval: stalledCheckMs,
  maxStalledCount: MAX_STALLED_COUNT,
  settings: {
    backoffStrategy: (tries: number) =>
      Math.min(retryDelayMs * RETRY_GROWTH ** (tries - 1), LONGEST_RETRY_MS),
  },
})

async function handleJob(options: VideoWorkerOptions, job: Job<Envelope>, signal: AbortSignal) {
  const { payload: video, traceId } = job.data
  if (!payload.Check(video)) throw new UnrecoverableError('the payload of a video job has the wrong form')
  const { log, live, onOutcome } = options
  const about = { lectureId: video.lectureId, uploadId: video.uploadId, traceId }
  const began = performance.now()
  log.info(about, 'video taken up')
  const progress = progressOf(job, video, live)
  const outcome = await processVideo(options, video, { signal, onProgress: progress.tell, traceId })
  if (outcome === 'ready') progress.tellNow(100)
  const seconds = (performance.now() - began) / 1000
  onOutcome(outcome, seconds)
  log.info({ ...about, outcome, seconds }, 'video done')
  return outcome
}

/** Tells the queue and the instructor, at most once a second; the end is told at once. */
function progressOf(job: Job<Envelope>, video: VideoJob, live: Live) {
  let nextAt = 0
  const tellNow = (percent: number) => {
    nextAt = performance.now() + PROGRESS_EVERY_MS
    void live.toUser(video.instructorId, lectureProgress, { lectureId: video.lectureId, percent })
    job.updateProgress(percent).catch(() => {
      // The lock was lost, or Redis is away; the claim in MongoDB decides what that means.
    })
  }
  const tell = (percent: number) => {
    if (performance.now() >= nextAt) tellNow(percent)
  }
  return { tell, tellNow }
}
