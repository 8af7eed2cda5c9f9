import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Failure, fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { RandomAccessReader, fromRandomAccessReaderPromise, type Archive, type ArchivedFile } from 'yauzl'

/** A directory is read in pieces of some dozen bytes; each would be a request of its own. */
const WINDOW_BYTES = 256 * 1024
/** Packages hold thousands of files that are smaller, one after the other. */
const SMALL_BYTES = 64 * 1024

/** `strictNames`: left out, names with backslashes are refused; false: they are read as slashes, as old archivers meant. */
type Source = { objects: ObjectStore; key: string; sizeBytes: number; strictNames?: boolean }

/** Reads a zip file where it lies in the object store. What the archive itself is guilty of becomes a refusal. */
export async function openArchive({ objects, key, sizeBytes, strictNames = true }: Source) {
  const reader = new ObjectReader(objects, key, sizeBytes)
  /** Says of an error that yauzl throws whether it is the store's or the archive's. */
  const blame = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw reader.storeError ?? (error instanceof Failure ? error : malformed(error))
    }
  }
  const options = { autoClose: false, strictFileNames: strictNames }
  const archive: Archive = await blame(fromRandomAccessReaderPromise(reader, sizeBytes, options))
  async function* unpack(file: ArchivedFile) {
    const packed = await blame(archive.openReadStreamPromise(file))
    const pieces: AsyncIterator<Uint8Array> = packed[Symbol.asyncIterator]()
    try {
      for (;;) {
        const piece = await blame(pieces.next())
        if (piece.done === true) return
        yield piece.value
      }
    } finally {
      packed.destroy()
    }
  }
  return { archive, blame, read: (file: ArchivedFile) => Readable.from(unpack(file), { objectMode: false }) }
}
export type OpenArchive = Awaited<ReturnType<typeof openArchive>>

const malformed = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  const isNoZip = message.startsWith('End of central directory record signature not found')
  if (isNoZip) return fail('UNSUPPORTED_MEDIA', { detail: 'This is no whole zip file', cause: error })
  return fail('INVALID_INPUT', { errors: [{ field: 'body', message }], cause: error })
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)))

class ObjectReader extends RandomAccessReader {
  storeError: Error | undefined
  #objects: ObjectStore
  #key: string
  #sizeBytes: number
  #window = { start: 0, bytes: Buffer.alloc(0) }

  constructor(objects: ObjectStore, key: string, sizeBytes: number) {
    super()
    this.#objects = objects
    this.#key = key
    this.#sizeBytes = sizeBytes
  }

  override _readStreamForRange(start: number, end: number): Readable {
    if (end - start <= SMALL_BYTES) return Readable.from(this.#few(start, end), { objectMode: false })
    const through = new PassThrough()
    this.#objects.read(this.#key, { start, end: end - 1 }).then(
      (source) => {
        source.once('error', (error) => {
          this.storeError = error
          through.destroy(error)
        })
        through.once('close', () => source.destroy())
        source.pipe(through)
      },
      (error: unknown) => {
        this.storeError = asError(error)
        through.destroy(this.storeError)
      },
    )
    return through
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error?: unknown) => void,
  ) {
    this.#piece(position, length).then(
      (piece) => {
        piece.copy(target, offset)
        callback(piece.length < length ? new Error('The archive ends too early') : undefined)
      },
      (error: unknown) => callback(error),
    )
  }

  async *#few(start: number, end: number) {
    const piece = await this.#piece(start, end - start)
    if (piece.length > 0) yield piece
  }

  async #piece(start: number, length: number): Promise<Buffer> {
    const known = this.#window
    const isInside = start >= known.start && start + length <= known.start + known.bytes.length
    if (!isInside && start < this.#sizeBytes) {
      const end = Math.min(this.#sizeBytes, start + Math.max(length, WINDOW_BYTES)) - 1
      try {
        this.#window = { start, bytes: await buffer(await this.#objects.read(this.#key, { start, end })) }
      } catch (error) {
        this.storeError = asError(error)
        throw error
      }
    }
    const from = start - this.#window.start
    return start < this.#sizeBytes ? this.#window.bytes.subarray(from, from + length) : Buffer.alloc(0)
  }
}
