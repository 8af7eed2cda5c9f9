import type { uploadApi } from '@aetherlearn/contracts/upload'
import { ApiError, type Client } from './client.ts'
import { retry, type RetryOptions } from './retry.ts'

type Bytes = Blob | Uint8Array<ArrayBuffer>
/** A `Blob` or `File` in a browser; anywhere else whatever can give back a range of its bytes. */
export type UploadSource = { size: number; slice(start: number, end: number): Bytes | Promise<Bytes> }

export type UploadOptions = {
  uploads: Pick<Client<typeof uploadApi>, 'initializeUpload' | 'getUpload' | 'putChunk' | 'completeUpload'>
  lectureId: string
  source: UploadSource
  fileName: string
  /** Called after each chunk, and once at the beginning with what the server has already. */
  onProgress?: (progress: UploadProgress) => void
  /** Aborting pauses: the same call with the same file goes on where this one stopped. */
  signal?: AbortSignal
  /** Chunks on their way at once. */
  parallel?: number
} & Pick<RetryOptions, 'attempts' | 'wait'>

export type UploadProgress = { sentBytes: number; totalBytes: number }

const PARALLEL = 3
/** How often `complete` may find chunks missing (a server that lost some) before we give up. */
const ROUNDS = 3

/** Uploads a lecture's video in chunks and hands it to processing. Survives lost connections and restarts. */
export async function uploadVideo(options: UploadOptions): Promise<{ uploadId: string }> {
  const { uploads, lectureId, source, fileName, signal } = options
  const started = await repeated(options, () =>
    uploads.initializeUpload({ body: { lectureId, size: source.size, fileName }, ...withSignal(signal) }),
  )
  const { uploadId, chunkSize } = started
  const totalChunks = started.totalChunks ?? Math.ceil(source.size / chunkSize)
  for (let round = 1; ; round += 1) {
    const { receivedChunks, state } = await repeated(options, () => statusOf(options, uploadId))
    if (state === 'OPEN') await sendMissing(options, { uploadId, chunkSize, totalChunks, receivedChunks })
    try {
      const body = { uploadId, lectureId, totalChunks }
      await repeated(options, () => uploads.completeUpload({ body, ...withSignal(signal) }))
      return { uploadId }
    } catch (error) {
      const lostChunks = error instanceof ApiError && error.code === 'UPLOAD_INCOMPLETE'
      if (!lostChunks || round === ROUNDS) throw error
    }
  }
}

type Plan = { uploadId: string; chunkSize: number; totalChunks: number; receivedChunks: number[] }

/** The chunks that the server has not got, in order. */
export function missingChunks({ totalChunks, receivedChunks }: Omit<Plan, 'uploadId' | 'chunkSize'>): number[] {
  const received = new Set(receivedChunks)
  return Array.from({ length: totalChunks }, (_, index) => index).filter((index) => !received.has(index))
}

async function sendMissing(options: UploadOptions, plan: Plan) {
  const { source, onProgress, parallel = PARALLEL } = options
  const bytesOf = (index: number) => Math.min(plan.chunkSize, source.size - index * plan.chunkSize)
  const missing = missingChunks(plan)
  let sentBytes = source.size - missing.reduce((sum, index) => sum + bytesOf(index), 0)
  const report = () => onProgress?.({ sentBytes, totalBytes: source.size })
  report()
  const failed = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal
  const lane = async () => {
    for (let index = missing.shift(); index !== undefined; index = missing.shift()) {
      await sendChunk({ ...options, signal }, plan, index)
      sentBytes += bytesOf(index)
      report()
    }
  }
  // The first failure stops the other lanes too; otherwise they would go on behind the caller's back.
  const lanes = Array.from({ length: parallel }, () =>
    lane().catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
  )
  await Promise.allSettled(lanes)
  await Promise.all(lanes)
}

async function sendChunk(options: UploadOptions, { uploadId, chunkSize }: Plan, index: number) {
  const { uploads, source, signal, attempts, wait } = options
  const start = index * chunkSize
  const raw = await source.slice(start, Math.min(start + chunkSize, source.size))
  const headers = { 'content-type': 'application/octet-stream', ...(await checksumOf(raw)) }
  const send = () => uploads.putChunk({ params: { uploadId, index }, raw, headers, ...withSignal(signal) })
  const isDone = async () => (await statusOf(options, uploadId)).receivedChunks.includes(index)
  await retry(send, { isDone, ...withSignal(signal), ...given({ attempts, wait }) })
}

/** Lower-case hex. Browsers hash on secure origins only; without it TCP's own checksum has to do. */
async function checksumOf(bytes: Bytes): Promise<Record<string, string>> {
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto }
  if (subtle === undefined) return {}
  const buffer = bytes instanceof Blob ? await bytes.arrayBuffer() : bytes
  const digest = new Uint8Array(await subtle.digest('SHA-256', buffer))
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { 'x-checksum-sha256': hex }
}

const statusOf = ({ uploads, signal }: UploadOptions, uploadId: string) =>
  uploads.getUpload({ params: { uploadId }, ...withSignal(signal) })

const withSignal = (signal: AbortSignal | undefined) => (signal ? { signal } : {})

/** `retry` for a call whose answer we need. All of them may be repeated: the server recognises the upload. */
async function repeated<T>(options: UploadOptions, call: () => Promise<T>): Promise<T> {
  const { signal, attempts, wait } = options
  const answers: T[] = []
  await retry(async () => answers.push(await call()), { ...withSignal(signal), ...given({ attempts, wait }) })
  const [answer] = answers
  if (answer === undefined) throw new Error('retry ended without an answer')
  return answer
}

/** Drops what was left out, which `exactOptionalPropertyTypes` tells apart from undefined. */
const given = ({ attempts, wait }: Pick<UploadOptions, 'attempts' | 'wait'>) => ({
  ...(attempts === undefined ? {} : { attempts }),
  ...(wait === undefined ? {} : { wait }),
})
