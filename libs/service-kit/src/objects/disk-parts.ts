import { open, type FileHandle } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import type { Part, StoredPart } from './store.ts'

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
export async function writeExactly(handle: FileHandle, part: Part, body: Readable, signal?: AbortSignal) {
  signal?.throwIfAborted()
  if (signal) addAbortSignal(signal, body)
  let written = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    if (written + chunk.length > part.sizeBytes)
      throw new Error(`Part ${part.index} is longer than announced`)
    await writeAll(handle, chunk, part.offset + written)
    written += chunk.length
  }
  if (written !== part.sizeBytes) throw new Error(`Part ${part.index} ended after ${written} bytes`)
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number) {
  // A full disk may take some of the bytes before it says so.
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
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
