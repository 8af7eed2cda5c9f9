import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { SNIFFED_BYTES } from '@aetherlearn/service-kit/sniff'
import { VideoFault } from '../transcode/failure.ts'

/** Tries that bring nothing new, one after the other. */
const TRIES = 5
/** So much is something new: a server that gives a byte and hangs up is not asked without end. */
const NEWS_BYTES = 1024 * 1024

/** `from` is 0 where it begins anew instead of going on; the size is that of the whole, where it is told. */
export type Opened = { body: Readable; from: number; sizeBytes?: number | undefined }
/** A place from which a source can be read from any byte on. */
export type Origin = { open(from: number, signal: AbortSignal): Promise<Opened> }

/** This attempt is over, as asking again at once would end the same way. Nothing is said of the instructor's file. */
export class AttemptEnded extends Error {}

export type Copy = ReturnType<typeof openCopy>

/** What has come so far, in a file and hashed on its way there. */
export function openCopy(handle: FileHandle) {
  let hash = createHash('sha256')
  let size = 0
  let head = Buffer.alloc(0)
  const write = async (bytes: Uint8Array) => {
    let written = 0
    while (written < bytes.length) {
      const left = bytes.length - written
      written += (await handle.write(bytes, written, left, size + written)).bytesWritten
    }
  }
  return {
    sizeBytes: () => size,
    head: () => head,
    sha256: () => hash.copy().digest('hex'),
    append: async (bytes: Uint8Array): Promise<void> => {
      await write(bytes).catch(asLocalFault)
      hash.update(bytes)
      if (head.length < SNIFFED_BYTES) {
        head = Buffer.concat([head, bytes.subarray(0, SNIFFED_BYTES - head.length)])
      }
      size += bytes.length
    },
    restart: async (): Promise<void> => {
      await handle.truncate(0)
      hash = createHash('sha256')
      size = 0
      head = Buffer.alloc(0)
    },
  }
}

function asLocalFault(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  const reason = isFull ? 'The disk of the work folder is full' : 'The work folder takes no bytes'
  throw new AttemptEnded(`${reason}: the source could not be written`, { cause: error })
}

type Limits = { maxBytes: number; pauseMs: number }

/** Takes the whole of it, trying again with growing pauses where it breaks off. */
export async function copyFrom(origin: Origin, copy: Copy, limits: Limits, signal: AbortSignal) {
  let failures = 0
  let newFrom = NEWS_BYTES
  for (;;) {
    try {
      return await receive(origin, copy, limits, signal)
    } catch (error) {
      if (error instanceof VideoFault || error instanceof AttemptEnded || signal.aborted) throw error
      const hasNews = copy.sizeBytes() >= newFrom
      if (hasNews) newFrom = copy.sizeBytes() + NEWS_BYTES
      failures = hasNews ? 1 : failures + 1
      if (failures === TRIES) throw error
      await pause(limits.pauseMs * 2 ** (failures - 1), undefined, { signal })
    }
  }
}

async function receive(origin: Origin, copy: Copy, { maxBytes }: Limits, signal: AbortSignal) {
  signal.throwIfAborted()
  const { body, from, sizeBytes } = await origin.open(copy.sizeBytes(), signal)
  const assertFits = (size: number) => {
    if (size > maxBytes) throw new VideoFault('SOURCE_TOO_LARGE', `more than ${maxBytes} bytes`)
  }
  try {
    assertFits(sizeBytes ?? 0)
    if (from !== copy.sizeBytes()) await copy.restart()
    const bytes: AsyncIterable<Uint8Array> = addAbortSignal(signal, body)
    for await (const piece of bytes) {
      assertFits(copy.sizeBytes() + piece.length)
      await copy.append(piece)
    }
  } finally {
    body.destroy()
  }
  if (sizeBytes !== undefined && copy.sizeBytes() !== sizeBytes) {
    throw new Error(`The source broke off after ${copy.sizeBytes()} of ${sizeBytes} bytes`)
  }
}
