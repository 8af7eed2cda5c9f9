import { crc32 } from 'node:zlib'
import { Readable, addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { MAX_PACKAGE_FILES } from '@aetherlearn/contracts/course/package-routes'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { ArchivedFile } from 'yauzl'
import type { OpenArchive } from '../transfer/archive.ts'
import { assertPlainFile, invalid, tooLarge } from '../transfer/rules.ts'
import { fileKeyOf } from './paths.ts'

/** Folders have entries of their own in many archives. */
const MAX_ENTRIES = 2 * MAX_PACKAGE_FILES
const MAX_NAME_LENGTH = 1000
const [LOCAL_HEADER_BYTES, AT_ONCE, SMALL_BYTES] = [30, 16, 1024 * 1024]
/** What archivers of some systems add, and what no package opens. */
const LITTER = /^__MACOSX\/|(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/

/**
 * The files of a package by name, judged by the directory of the archive before anything is unpacked: plain ones, each on
 * bytes of its own, no more than `maxBytes` in all. yauzl has refused names that lead out of it.
 */
export async function filesIn({ archive, blame }: OpenArchive, maxBytes: number) {
  if (archive.entryCount > MAX_ENTRIES) {
    throw tooLarge(`holds ${archive.entryCount} files; ${MAX_PACKAGE_FILES} are the most`)
  }
  const files = new Map<string, ArchivedFile>()
  let unpackedBytes = 0
  const read = async () => {
    for await (const file of archive.eachEntry()) {
      const { fileName, uncompressedSize } = file
      if ((fileName.endsWith('/') && uncompressedSize === 0) || LITTER.test(fileName)) continue
      assertPlainFile(file)
      assertName(fileName)
      if (files.has(fileName)) throw invalid(`holds ${JSON.stringify(fileName)} twice`)
      files.set(fileName, file)
      unpackedBytes += uncompressedSize
      if (unpackedBytes > maxBytes) throw tooLarge(`would unpack to more than ${maxBytes} bytes`)
    }
  }
  await blame(read())
  if (files.size > MAX_PACKAGE_FILES) {
    throw tooLarge(`holds ${files.size} files; ${MAX_PACKAGE_FILES} are the most`)
  }
  assertApart([...files.values()])
  return { files, unpackedBytes }
}

function assertName(name: string) {
  const isPlain = [...name].every((letter) => letter >= ' ' && letter !== '\u007f')
  if (isPlain && name.length <= MAX_NAME_LENGTH) return
  throw invalid(`holds ${JSON.stringify(name.slice(0, 100))}, which is no file name`)
}

/** Files that share bytes make much out of little. As the directory tells it: thousands of looks into the file would take long. */
function assertApart(files: ArchivedFile[]) {
  const places = files
    .map(({ relativeOffsetOfLocalHeader: start, compressedSize }) => ({
      start,
      end: start + LOCAL_HEADER_BYTES + compressedSize,
    }))
    .sort((one, two) => one.start - two.start)
  const overlaps = places.some(({ end }, n) => end > (places[n + 1]?.start ?? Infinity))
  if (overlaps) throw invalid('holds files that lie on the same bytes')
}

type Unpacking = {
  open: OpenArchive
  files: Map<string, ArchivedFile>
  objects: ObjectStore
  folder: string
  signal: AbortSignal
}

/** Some at a time; the first failure ends all. */
export async function unpackAll({ open, files, objects, folder, signal }: Unpacking): Promise<void> {
  const waiting = files.entries()
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  const work = async () => {
    for (const [path, file] of waiting) {
      stop.throwIfAborted()
      const bytes = addAbortSignal(stop, Readable.from(wholeOf(open, file), { objectMode: false }))
      const isSmall = file.uncompressedSize <= SMALL_BYTES
      await objects.put(fileKeyOf(folder, path), isSmall ? await buffer(bytes) : bytes)
    }
  }
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error: unknown) => {
      failed.abort()
      throw error
    }),
  )
  // All have stopped when this is over: what they put is taken away next.
  const results = await Promise.allSettled(workers)
  signal.throwIfAborted()
  const causes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (causes.length > 0) throw causes.find((cause) => !isAbort(cause)) ?? causes[0]
}

const isAbort = (cause: unknown) => cause instanceof Error && cause.name === 'AbortError'

async function* wholeOf({ read }: OpenArchive, file: ArchivedFile) {
  let sum = 0
  const source: AsyncIterable<Uint8Array> = read(file)
  for await (const bytes of source) {
    sum = crc32(bytes, sum)
    yield bytes
  }
  if (sum !== file.crc32) throw invalid(`holds ${JSON.stringify(file.fileName)} damaged`)
}
