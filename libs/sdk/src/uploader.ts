import type { uploadApi } from '@aetherlearn/contracts/upload'
import { ApiError, type Client } from './client.ts'
import { retry, type RetryOptions } from './retry.ts'

type Bytes = Blob | Uint8Array<ArrayBuffer>
/** A `Blob` or `File` in a browser; anywhere else whatever can give back a range of its bytes. */
export type UploadSource = { size: number; slice(start: number, end: number): Bytes | Promise<Bytes> }

/** Aborting `signal` pauses: the same call with the same file goes on where this one stopped. */
export type UploadOptions = RetryOptions & {
  uploads: Pick<Client<typeof uploadApi>, 'initializeUpload' | 'getUpload' | 'putChunk' | 'completeUpload'>
  lectureId: string
  source: UploadSource
  fileName: string
  /** Called with what the server has already, then after each chunk. */
  onProgress?: (progress: UploadProgress) => void
  /** Chunks on their way at once. */
  parallel?: number
}

/** With `uploadId` the upload can be given up: `uploads.abortUpload`. */
export type UploadProgress = { uploadId: string; sentBytes: number; totalBytes: number }

const PARALLEL = 3
/** How often `complete` may find chunks missing (a server that lost some) before we give up. */
const ROUNDS = 3

/** Uploads a lecture's video in chunks and hands it to processing. Survives lost connections and restarts. */
export async function uploadVideo(options: UploadOptions): Promise<{ uploadId: string }> {
  const { uploads, lectureId, source, fileName } = options
  const signal = signalOf(options)
  const file = { lectureId, size: source.size, fileName }
  const started = await retry(() => uploads.initializeUpload({ body: file, ...signal }), options)
  const { uploadId, chunkSize } = started
  const totalChunks = started.totalChunks ?? Math.ceil(source.size / chunkSize)
  for (let round = 1; ; round += 1) {
    const { receivedChunks, state } = await retry(() => statusOf(options, uploadId), options)
    if (state === 'OPEN') await sendMissing(options, { uploadId, chunkSize, totalChunks, receivedChunks })
    try {
      const body = { uploadId, lectureId, totalChunks }
      await retry(() => uploads.completeUpload({ body, ...signal }), options)
      return { uploadId }
    } catch (error) {
      const lostChunks = error instanceof ApiError && error.code === 'UPLOAD_INCOMPLETE'
      if (!lostChunks || round === ROUNDS) throw error
    }
  }
}

type Plan = { uploadId: string; chunkSize: number; totalChunks: number; receivedChunks: number[] }

/** The chunks that the server has not got, in order. */
export function missingChunks(plan: Pick<Plan, 'totalChunks' | 'receivedChunks'>): number[] {
  const received = new Set(plan.receivedChunks)
  return Array.from({ length: plan.totalChunks }, (_, index) => index).filter((index) => !received.has(index))
}

async function sendMissing(options: UploadOptions, plan: Plan) {
  const { source, onProgress, parallel = PARALLEL } = options
  const bytesOf = (index: number) => Math.min(plan.chunkSize, source.size - index * plan.chunkSize)
  const missing = missingChunks(plan)
  let sentBytes = source.size - missing.reduce((sum, index) => sum + bytesOf(index), 0)
  const report = () => onProgress?.({ uploadId: plan.uploadId, sentBytes, totalBytes: source.size })
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
  const lanes = Array.from({ length: parallel }, () => lane().catch((error: unknown) => failed.abort(error)))
  await Promise.all(lanes)
  failed.signal.throwIfAborted()
}

async function sendChunk(options: UploadOptions, { uploadId, chunkSize }: Plan, index: number) {
  const start = index * chunkSize
  const raw = await options.source.slice(start, Math.min(start + chunkSize, options.source.size))
  const headers = { 'content-type': 'application/octet-stream', ...(await checksumOf(raw)) }
  await retry(async (attempt) => {
    // The answer may have been lost after the chunk was stored. If asking fails too, sending it again tells.
    if (attempt > 1 && (await hasChunk(options, uploadId, index).catch(() => false))) return
    await options.uploads.putChunk({ params: { uploadId, index }, raw, headers, ...signalOf(options) })
  }, options)
}

/** Lower-case hex. Browsers hash on secure origins only; without it TCP's own checksum has to do. */
async function checksumOf(bytes: Bytes): Promise<Record<string, string>> {
  const subtle: typeof crypto.subtle | undefined = crypto.subtle
  if (subtle === undefined) return {}
  const content = bytes instanceof Blob ? await bytes.arrayBuffer() : bytes
  const digest = new Uint8Array(await subtle.digest('SHA-256', content))
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { 'x-checksum-sha256': hex }
}

const statusOf = (options: UploadOptions, uploadId: string) =>
  options.uploads.getUpload({ params: { uploadId }, ...signalOf(options) })

const hasChunk = async (options: UploadOptions, uploadId: string, index: number) =>
  (await statusOf(options, uploadId)).receivedChunks.includes(index)

const signalOf = ({ signal }: UploadOptions) => (signal ? { signal } : {})
