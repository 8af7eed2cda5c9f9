import { videoJob } from '@aetherlearn/contracts/media'
import {
  openQueue,
  openWorker,
  type Envelope,
  type OpenQueue,
  type OpenWorker,
} from '@aetherlearn/service-kit/jobs'
import type { Live } from '@aetherlearn/service-kit/live'
import { DelayedError, ErrorCode, UnrecoverableError, WaitingChildrenError, type Job } from 'bullmq'
import type { Logger } from 'pino'
import { Compile } from 'typebox/compile'
import type { VideoDeps } from './deps.ts'
import { eachOf } from './files.ts'
import { makeTask, type TaskOutcome } from './make-task.ts'
import { videoPartJob } from './part-job.ts'
import { processVideo, type Outcome } from './process-video.ts'
import type { Progress } from './progress.ts'
import type { RunRef } from './store.ts'
import { createTeller, type Teller } from './teller.ts'
import { readVideoJob } from './video-job.ts'

/** A killed worker's job is another's at once, not a failure: the attempts are counted in MongoDB. */
const MAX_STALLED_COUNT = 100
/** Four times longer before each further try, an hour at most. */
const RETRY_GROWTH = 4
const LONGEST_RETRY_MS = 3_600_000
/** Of what nobody waits for: sound and smallest rungs, which have none, go first, those of other videos too. */
const LATER = 10
const partPayload = Compile(videoPartJob.payload)

export type VideoWorkerOptions = VideoDeps & {
  redisUrl: string
  live: Live
  progress: Progress
  log: Logger
  /** Videos at once, and as many parts of videos besides. */
  concurrency: number
  lockDurationMs: number
  stalledCheckMs: number
  /** Before the second try of a video that failed by no fault of its own. */
  retryDelayMs: number
  onOutcome: (outcome: Outcome, seconds: number) => void
}
export type VideoWorker = { stop(): Promise<void> }
/** What the handlers of both queues share. */
type Context = VideoWorkerOptions & { parts: OpenQueue['queue']; teller: Teller; signal: AbortSignal }

/**
 * Works on `video-queue` and `video-parts`, which lie in one slot of Redis as jobs of the one wait for jobs of the other.
 * `stop` ends ffmpeg and hands the jobs back, so that no attempt is counted.
 */
export function startVideoWorker(options: VideoWorkerOptions): VideoWorker {
  const { redisUrl, live, progress } = options
  const stopping = new AbortController()
  const queues = [
    openQueue(redisUrl, videoJob.queue),
    openQueue(redisUrl, videoPartJob.queue, videoJob.queue),
  ] as const
  const [videos, parts] = [queues[0].queue, queues[1].queue]
  const tellQueue = (jobId: string, percent: number) => videos.updateJobProgress(jobId, percent)
  const teller = createTeller({ live, progress, tellQueue })
  const context = { ...options, parts, teller, signal: stopping.signal }
  const workers = [
    openOn(context, videoJob.queue, (job, token) => handleVideo(context, job, token)),
    openOn(context, videoPartJob.queue, (job) => handlePart(context, job)),
  ]
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all(queues.map((queue) => queue.close()))
    },
  }
}

function openOn(
  context: Context,
  queue: string,
  handle: (job: Job<Envelope>, token?: string) => Promise<string>,
): OpenWorker {
  const { log, redisUrl, concurrency, signal } = context
  const onError = (error: Error) => log.warn({ err: error, queue }, 'video job failed')
  const settings = settingsOf(context)
  const slotOf = videoJob.queue
  return openWorker({ redisUrl, queue, slotOf, concurrency, onError, settings }, async (job, token) => {
    try {
      return await handle(job, token)
    } catch (error) {
      if (error instanceof WaitingChildrenError || error instanceof UnrecoverableError) throw error
      if (!signal.aborted && !isLastTry(job)) throw error
      if (signal.aborted) log.info({ jobId: job.id }, 'video handed back')
      else onError(error instanceof Error ? error : new Error(String(error)))
      const waitMs = signal.aborted ? 0 : retryAfterMs(context, job.attemptsStarted)
      await job.moveToDelayed(Date.now() + waitMs, token)
      throw new DelayedError()
    }
  })
}

/** By the producer's count, which is 1 where it said nothing; how many tries a video has is counted in MongoDB. */
const isLastTry = ({ attemptsMade, opts }: Job) => attemptsMade + 1 >= (opts.attempts ?? 1)

const retryAfterMs = ({ retryDelayMs }: VideoWorkerOptions, tries: number) =>
  Math.min(retryDelayMs * RETRY_GROWTH ** (tries - 1), LONGEST_RETRY_MS)

const settingsOf = (options: VideoWorkerOptions) => ({
  lockDuration: options.lockDurationMs,
  stalledInterval: options.stalledCheckMs,
  maxStalledCount: MAX_STALLED_COUNT,
  settings: {
    backoffStrategy: (tries: number) => retryAfterMs(options, tries),
  },
})

async function handleVideo(context: Context, job: Job<Envelope>, token?: string): Promise<Outcome> {
  const found = readVideoJob(job.data)
  if (found === undefined) throw new UnrecoverableError('the payload of a video job has the wrong form')
  const { video, traceId } = found
  const { log, onOutcome, signal, teller } = context
  const about = { lectureId: video.lectureId, uploadId: video.uploadId, traceId }
  const began = performance.now()
  log.info(about, 'video taken up')
  const tell = teller.about(video, job.id ?? '')
  const onShare = (task: string, share: number) => void tell(task, share)
  for (let isFirstLook = job.attemptsStarted === 1; ; isFirstLook = false) {
    const result = await processVideo(context, video, { signal, onShare, traceId, isFirstLook })
    if (typeof result !== 'string') {
      if (await waitForParts(context, job, { ...video, ...result, traceId }, token)) continue
      log.info(about, 'another job has the video')
      return 'superseded'
    }
    // More than all that can be summed up before the end.
    if (result === 'ready') await tell('end', 1)
    const seconds = (performance.now() - began) / 1000
    onOutcome(result, seconds)
    log.info({ ...about, outcome: result, seconds }, 'video done')
    return result
  }
}

type TracedRun = RunRef & { traceId: string }

/**
 * Sends the jobs of all tasks that are still to be done. Then it leaves the worker to others until they are done, by
 * throwing; answers true when they were done in the meantime, and false when they belong to another job of this video.
 */
async function waitForParts(context: Context, job: Job<Envelope>, run: TracedRun, token?: string) {
  const { lectureId, uploadId, instructorId, runId, traceId } = run
  const { log, parts, tasks } = context
  const open = await tasks.openOf(runId)
  const parent = { id: job.id ?? '', queue: job.queueQualifiedName }
  const send = async (task: string, isEarly: boolean) => {
    const payload = { lectureId, uploadId, instructorId, runId, task, parentId: parent.id }
    const id = `${runId}-${task}`
    const priority = isEarly ? {} : { priority: LATER }
    const envelope = { id, name: videoPartJob.queue, payload, traceId }
    // What is done is known to MongoDB; a job that stayed would be in the way of one that is sent again.
    await parts.add(videoPartJob.queue, envelope, {
      ...{ jobId: id, parent, removeOnComplete: true, removeOnFail: true },
      ...priority,
    })
  }
  try {
    await eachOf(open, ({ name, isEarly }) => send(name, isEarly))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === ErrorCode.ParentJobCannotBeReplaced) {
      return false
    }
    throw error
  }
  log.info({ lectureId, uploadId, tasks: open.length }, 'video given out in parts')
  if (await job.moveToWaitingChildren(token ?? '')) throw new WaitingChildrenError()
  return true
}

async function handlePart(context: Context, job: Job<Envelope>): Promise<TaskOutcome> {
  const { payload: part, traceId } = job.data
  if (!partPayload.Check(part)) throw new UnrecoverableError('the payload of a part has the wrong form')
  const { log, signal, teller } = context
  const { lectureId, uploadId, task, parentId } = part
  const about = { lectureId, uploadId, task, traceId }
  log.info(about, 'part taken up')
  const tell = teller.about(part, parentId)
  const onShare = (name: string, share: number) => void tell(name, share)
  const outcome = await makeTask(context, part, task, { signal, onShare, traceId })
  log.info({ ...about, outcome }, 'part done')
  return outcome
}
