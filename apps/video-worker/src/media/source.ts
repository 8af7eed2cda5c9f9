import { open } from 'node:fs/promises'
import type { Container } from '@aetherlearn/contracts/media'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { sniff } from '@aetherlearn/service-kit/sniff'
import { VideoFault } from '../transcode/failure.ts'
import { deliveryUrl, savingUrl } from './cloudinary.ts'
import { copyFrom, openCopy, type Copy } from './copy.ts'
import type { Internet } from './internet.ts'
import { objectOrigin, remoteOrigin } from './origins.ts'
import type { VideoJob } from './video-job.ts'

const OBJECT_URL = /^object:(.+)$/
/** Of one fetch from elsewhere, all its tries together: 10 GiB at 12 Mbit/s. */
const REMOTE_LIMIT_MS = 2 * 3_600_000

export type SourceSettings = {
  /** Where sources may lie besides our own store. */
  hosts: readonly string[]
  /** The largest source whose size no job says. */
  maxBytes: number
  /** Before the second try where a connection broke; twice as long before each further one. */
  pauseMs: number
  internet: Internet
}
export type SourceDeps = { objects: ObjectStore; source: SourceSettings }
export type Fetched = { container: Container; sizeBytes: number }

/**
 * Brings a video's source to `file`, each byte once unless a connection loses it: what breaks off goes on where it broke.
 * `VideoFault` where nothing will ever come; whatever else is thrown is worth another attempt.
 */
export async function fetchSource(
  { objects, source }: SourceDeps,
  job: VideoJob,
  file: string,
  signal: AbortSignal,
): Promise<Fetched> {
  const handle = await open(file, 'w')
  try {
    const copy = openCopy(handle)
    const key = OBJECT_URL.exec(job.rawVideoUrl)?.[1]
    if (key !== undefined) {
      await fetchObject(copy, objects, key, job, source, signal)
      return { container: job.container ?? containerOf(copy), sizeBytes: copy.sizeBytes() }
    }
    await fetchRemote(copy, deliveryUrl(job.rawVideoUrl, source.hosts), source, signal)
    return { container: containerOf(copy), sizeBytes: copy.sizeBytes() }
  } finally {
    await handle.close()
  }
}

/** Bytes that do not match their checksum were changed on their way or where they lie: nobody's file is at fault. */
async function fetchObject(
  copy: Copy,
  objects: ObjectStore,
  key: string,
  job: VideoJob,
  { maxBytes, pauseMs }: SourceSettings,
  signal: AbortSignal,
) {
  const origin = objectOrigin(objects, key, job.sizeBytes)
  const limits = { maxBytes: job.sizeBytes ?? maxBytes, pauseMs }
  for (let isSecond = false; ; isSecond = true) {
    await copyFrom(origin, copy, limits, signal)
    if (job.sha256 === undefined || copy.sha256() === job.sha256) return
    if (isSecond) throw new Error('The source came twice with another checksum than it was stored with')
    await copy.restart()
  }
}

async function fetchRemote(copy: Copy, given: URL, settings: SourceSettings, signal: AbortSignal) {
  const all = AbortSignal.any([signal, AbortSignal.timeout(REMOTE_LIMIT_MS)])
  const fetchFrom = (url: URL) => copyFrom(remoteOrigin(url, settings.internet), copy, settings, all)
  const saving = savingUrl(given)
  try {
    await fetchFrom(saving)
  } catch (error) {
    const isRefused = error instanceof VideoFault && error.code === 'SOURCE_GONE'
    if (!isRefused || saving.href === given.href) throw error
    // Too large to be made smaller on request, or delivered by strict transformations only: then as it is.
    await copy.restart()
    await fetchFrom(given)
  }
}

function containerOf(copy: Copy): Container {
  const container = sniff(copy.head())
  if (container === undefined) throw new VideoFault('UNREADABLE', 'its first bytes are those of no container')
  return container
}
