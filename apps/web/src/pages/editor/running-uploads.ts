import { uploadVideo, type UploadProgress } from '@aetherlearn/sdk/uploader'
import { useSyncExternalStore } from 'react'
import { uploads } from '../../api/clients.ts'
import { outline } from '../../api/queries.ts'
import { queryClient } from '../../api/query-client.ts'
import { asError } from '../../components/as-error.ts'

export type RunningUpload = {
  state: 'sending' | 'paused' | 'failed'
  fileName: string
  sentBytes: number
  totalBytes: number
  /** Once the server knows of it. */
  uploadId?: string
  error?: Error
}
type Target = { courseId: string; lectureId: string }

/** Uploads belong to the console, not to the editor page: they go on while another page is open. */
const running = new Map<string, RunningUpload>()
const sources = new Map<string, { target: Target; file: File; abort: AbortController }>()
const listeners = new Set<() => void>()

/** `undefined` ends it: the lecture's own state tells the rest. */
function show(lectureId: string, upload: RunningUpload | undefined) {
  if (upload === undefined) running.delete(lectureId)
  else running.set(lectureId, upload)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useUpload = (lectureId: string) => useSyncExternalStore(subscribe, () => running.get(lectureId))

/** Sends the file; where the same file was begun before, only what the server has not got. */
export async function startUpload(target: Target, file: File) {
  const { courseId, lectureId } = target
  const abort = new AbortController()
  sources.set(lectureId, { target, file, abort })
  const before = {
    fileName: file.name,
    sentBytes: running.get(lectureId)?.sentBytes ?? 0,
    totalBytes: file.size,
  }
  show(lectureId, { ...before, state: 'sending' })
  const onProgress = (progress: UploadProgress) => {
    if (!abort.signal.aborted) show(lectureId, { ...before, ...progress, state: 'sending' })
  }
  try {
    const { signal } = abort
    await uploadVideo({ uploads, lectureId, source: file, fileName: file.name, onProgress, signal })
    await queryClient.invalidateQueries({ queryKey: outline(courseId).queryKey })
    forgetUpload(lectureId)
  } catch (error) {
    if (abort.signal.aborted) return
    show(lectureId, { ...(running.get(lectureId) ?? before), state: 'failed', error: asError(error) })
  }
}

/** Keeps what has arrived; `resumeUpload` goes on from there. */
export function pauseUpload(lectureId: string) {
  sources.get(lectureId)?.abort.abort()
  const upload = running.get(lectureId)
  if (upload !== undefined) show(lectureId, { ...upload, state: 'paused' })
}

export function resumeUpload(lectureId: string) {
  const source = sources.get(lectureId)
  if (source !== undefined) void startUpload(source.target, source.file)
}

export function forgetUpload(lectureId: string) {
  sources.get(lectureId)?.abort.abort()
  sources.delete(lectureId)
  show(lectureId, undefined)
}

/** Gives it up: its place in the person's quota is free again. */
export function cancelUpload(lectureId: string) {
  const uploadId = running.get(lectureId)?.uploadId
  forgetUpload(lectureId)
  // Where this fails the server lets go of it when it expires.
  if (uploadId !== undefined) uploads.abortUpload({ params: { uploadId } }).catch(() => undefined)
}

window.addEventListener('beforeunload', (event) => {
  const sending = [...running.values()].some(({ state }) => state === 'sending')
  if (sending) event.preventDefault()
})
