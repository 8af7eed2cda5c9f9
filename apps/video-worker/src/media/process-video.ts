import { createReadStream, createWriteStream } from 'node:fs'
import { glob, mkdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { videoJob } from '@aetherlearn/contracts/media'
import type { Payload } from '@aetherlearn/contracts/shape'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { VideoFault } from '../transcode/failure.ts'
import type { Programs } from '../transcode/run.ts'
import type { Finished } from '../transcode/finish.ts'
import type { EncodeSettings } from '../transcode/picture.ts'
import type { SegmentFormat } from '../transcode/plan.ts'
import { transcode } from '../transcode/transcode.ts'
import type { Attempt, MediaStore } from './store.ts'
import type { WorkFolder } from './work-folder.ts'

/** Tries of one video, by our own count in MongoDB: the queue's own counts forget. */
export const MAX_ATTEMPTS = 5
const OBJECT_URL = /^object:(.+)$/

export type VideoJob = Payload<typeof videoJob>
export type VideoDeps = {
  media: MediaStore
  objects: ObjectStore
  workFolder: WorkFolder
  programs: Programs
  settings: EncodeSettings
  format: SegmentFormat
}
export type Outcome = 'ready' | 'failed' | 'superseded'
type RunOptions = { signal: AbortSignal; onProgress: (percent: number) => void; traceId: string }

/**
 * Takes one uploaded video to its end: READY or FAILED once, whatever happens to the workers. Throws what is worth
 * another try.
 */
export async function processVideo(deps: VideoDeps, job: VideoJob, options: RunOptions): Promise<Outcome> {
  const attempt = await deps.media.claim(job)
  const outcome = attempt === undefined ? 'superseded' : await runAttempt(deps, job, attempt, options)
  // Killed attempts could not clean up after themselves.
  for (const attemptId of await deps.media.leftovers(job)) {
    await deps.objects.removeFolder(folderOf({ ...job, attemptId }))
  }
  return outcome
}

type AttemptRef = { lectureId: string; uploadId: string; attemptId: string }
/** By attempt, so that a worker which was taken for dead never overwrites bytes that are being served. */
const folderOf = ({ lectureId, uploadId, attemptId }: AttemptRef) =>
  `media/${lectureId}/${uploadId}/${attemptId}`

async function runAttempt(
  deps: VideoDeps,
  job: VideoJob,
  attempt: Attempt,
  options: RunOptions,
): Promise<Outcome> {
  const { media } = deps
  try {
    if (attempt.attempts > MAX_ATTEMPTS) throw new VideoFault('ATTEMPTS_USED_UP', `${MAX_ATTEMPTS} attempts`)
    return await produce(deps, job, attempt, options)
  } catch (error) {
    if (error instanceof VideoFault) {
      return (await media.fail(attempt, error.failure, options.traceId)) ? 'failed' : 'superseded'
    }
    if (options.signal.aborted) await media.handBack(attempt)
    throw error
  }
}

async function produce(
  deps: VideoDeps,
  job: VideoJob,
  attempt: Attempt,
  options: RunOptions,
): Promise<Outcome> {
  const folder = folderOf(attempt)
  const made = await makeAndStore(deps, job, folder, options).catch(async (error: unknown) => {
    await deps.objects.removeFolder(folder)
    throw error
  })
  // Where this throws, nobody knows whether it was committed: the output stays, and the next attempt finds out.
  if (await deps.media.publish(attempt, folder, made, options.traceId)) return 'ready'
  await deps.objects.removeFolder(folder)
  return 'superseded'
}

const makeAndStore = (
  deps: VideoDeps,
  job: VideoJob,
  folder: string,
  options: RunOptions,
): Promise<Finished> =>
  deps.workFolder.lend(async (local) => {
    const input = join(local, 'source')
    const output = join(local, 'output')
    await mkdir(output)
    await fetchSource(deps.objects, job, input, options.signal)
    const { programs, settings, format } = deps
    const { container } = job
    const made = await transcode({ ...options, programs, settings, format, input, container, folder: output })
    await storeFiles(deps.objects, output, folder, options.signal)
    return made
  })

async function fetchSource(objects: ObjectStore, job: VideoJob, file: string, signal: AbortSignal) {
  const key = OBJECT_URL.exec(job.rawVideoUrl)?.[1]
  if (key === undefined) throw new VideoFault('UNREADABLE', `not an object of ours: ${job.rawVideoUrl}`)
  await pipeline(await objects.read(key), createWriteStream(file), { signal })
  const { size } = await stat(file)
  if (size !== job.sizeBytes) throw new Error(`The source came as ${size} of ${job.sizeBytes} bytes`)
}

async function storeFiles(objects: ObjectStore, from: string, folder: string, signal: AbortSignal) {
  for await (const entry of glob('**/*', { cwd: from, withFileTypes: true })) {
    if (!entry.isFile()) continue
    signal.throwIfAborted()
    const path = join(entry.parentPath, entry.name)
    await objects.put(`${folder}/${relative(from, path)}`, createReadStream(path))
  }
}
