import { open, type FileHandle } from 'node:fs/promises'
import { addAbortSignal, Readable } from 'node:stream'
import type { Part, PartBody, PartLimits, StoredPart } from './store.ts'

/** Throws unless the parts follow each other without a gap and add up to `sizeBytes`. */
export function assertTiles(parts: StoredPart[], sizeBytes: number) {
  const ordered = parts.toSorted((a, b) => a.index - b.index)
  const gap = ordered.findIndex(({ index }, place) => index !== place)
  if (gap >= 0) throw new Error(`Part ${gap} is not there, or twice`)
  const sum = ordered.reduce((bytes, part) => bytes + part.sizeBytes, 0)
  if (sum !== sizeBytes) throw new Error(`The parts hold ${sum} bytes, not ${sizeBytes}`)
}

/**
 * Streams exactly the part's bytes to its offset; never a byte beyond it. When this rejects, no write is under way any
 * more, so that another body can be written to the same place.
 */
export async function writeExactly(
  handle: FileHandle,
  part: Part,
  body: PartBody,
  { signal, mayWrite }: PartLimits = {},
) {
  signal?.throwIfAborted()
  if (signal && body instanceof Readable) addAbortSignal(signal, body)
  const writer = writeBehind(handle, part.offset, mayWrite)
  let received = 0
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted()
      received += chunk.length
      if (received > part.sizeBytes) throw new Error(`Part ${part.index} is longer than announced`)
      await writer.write(chunk)
    }
    if (received !== part.sizeBytes) throw new Error(`Part ${part.index} ended after ${received} bytes`)
    await writer.end()
  } finally {
    await writer.idle()
  }
}

/** A socket gives 64 KiB at a time; a write for each would cost more than the writing. */
const WRITE_BYTES = 256 * 1024
/** Of a part that wait for the write before them; more than this makes the sender wait. */
const MAX_WAITING_BYTES = 512 * 1024

/** While one write is under way the next bytes gather, so that receiving, hashing and writing overlap. */
function writeBehind(handle: FileHandle, offset: number, mayWrite?: PartLimits['mayWrite']) {
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let position = offset
  let failure: { error: unknown } | undefined
  let running: Promise<void> | undefined

  async function drain() {
    while (waitingBytes > 0 && failure === undefined) {
      const batch = waiting
      const start = position
      position += waitingBytes
      waiting = []
      waitingBytes = 0
      try {
        await mayWrite?.()
        await writeAll(handle, batch, start)
      } catch (error) {
        failure = { error }
      }
    }
    running = undefined
  }
  const idle = async () => void (await running)
  const check = () => {
    if (failure !== undefined) throw failure.error
  }
  return {
    /** Resolves when more may come. */
    write: async (bytes: Uint8Array) => {
      waiting.push(bytes)
      waitingBytes += bytes.length
      if (waitingBytes >= WRITE_BYTES) running ??= drain()
      if (waitingBytes >= MAX_WAITING_BYTES) await idle()
      check()
    },
    end: async () => {
      await idle()
      await drain()
      check()
    },
    idle,
  }
}

async function writeAll(handle: FileHandle, batch: Uint8Array[], position: number) {
  const { bytesWritten } = await handle.writev(batch, position)
  let skipped = bytesWritten
  let at = position
  // A full disk may take some of the bytes before it says so.
  for (const bytes of batch) {
    for (let done = Math.min(skipped, bytes.length); done < bytes.length;) {
      done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten
    }
    skipped = Math.max(0, skipped - bytes.length)
    at += bytes.length
  }
}

/** Writes a new file and has it on the disk before it returns. */
export async function writeWhole(file: string, body: Readable | Uint8Array) {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile(body)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
