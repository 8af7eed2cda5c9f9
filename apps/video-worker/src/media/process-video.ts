import { createReadStream, createWriteStream } from 'node:fs'
import { glob, mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { videoJob } from '@aetherlearn/contracts/media'
import type { Payload } from '@aetherlearn/contracts/shape'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { VideoFault } from '../transcode/failure.ts'
import { transcode, type Transcoded } from '../transcode/transcode.ts'
import type { Attempt, MediaStore } from './store.ts'
import type { WorkFolder } from './work-folder.ts'

/** Tries of one video, by our own count in MongoDB: the queue's own counts forget. */
const MAX_ATTEMPTS = 5
const OBJECT_URL = /^object:(.+)$/

export type VideoJob = Payload<typeof videoJob>
export type VideoDeps = { media: MediaStore; objects: ObjectStore; workFolder: WorkFolder; preset: string }
export type Outcome = 'ready' | 'failed' | 'superseded'
type RunOptions = { signal: AbortSignal; onProgress: (percent: number) => void }

/**
 * Takes one uploaded video to its end: READY or FAILED once, whatever happens to the workers. Throws what is worth
 * another try.
 */
export async function processVideo(deps: VideoDeps, job: VideoJob, options: RunOptions): Promise<Outcome> {
  const attempt = await deps.media.claim(job)
  if (attempt === undefined) return 'superseded'
  try {
    if (attempt.attempts > MAX_ATTEMPTS) throw new VideoFault('ATTEMPTS_USED_UP', `${attempt.attempts} attempts`)
    return await produce(deps, job, attempt, options)
  } catch (error) {
    if (options.signal.aborted) await deps.media.handBack(attempt)
    if (!(error instanceof VideoFault)) throw error
    return (await deps.media.fail(attempt, error.failure)) ? 'failed' : 'superseded'
  }
}

async function produce(deps: VideoDeps, job: VideoJob, attempt: Attempt, options: RunOptions): Promise<Outcome> {
  const folder = `media/${job.lectureId}/${job.uploadId}/${attempt.attemptId}`
  let published = false
  try {
    const made = await deps.workFolder.lend((local) => makeAndStore(deps, job, { local, folder, options }))
    published = await deps.media.publish(attempt, folder, made)
    return published ? 'ready' : 'superseded'
  } finally {
    if (!published) await deps.objects.removeFolder(folder)
  }
}

type Places = { local: string; folder: string; options: RunOptions }

async function makeAndStore(deps: VideoDeps, job: VideoJob, { local, folder, options }: Places): Promise<Transcoded> {
  const input = join(local, 'source')
  const output = join(local, 'output')
  await mkdir(output)
  await pipeline(await deps.objects.read(keyOf(job.rawVideoUrl)), createWriteStream(input), { signal: options.signal })
  const { container } = job
  const made = await transcode({ input, container, folder: output, preset: deps.preset, ...options })
  for await (const entry of glob('**/*', { cwd: output, withFileTypes: true })) {
    if (!entry.isFile()) continue
    options.signal.throwIfAborted()
    const path = join(entry.parentPath, entry.name)
    await deps.objects.put(`${folder}/${relative(output, path)}`, createReadStream(path))
  }
  return made
}

function keyOf(rawVideoUrl: string): string {
  const key = OBJECT_URL.exec(rawVideoUrl)?.[1]
  if (key === undefined) throw new VideoFault('UNREADABLE', `not an object of ours: ${rawVideoUrl}`)
  return key
}
