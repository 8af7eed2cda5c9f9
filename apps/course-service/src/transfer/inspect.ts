import { buffer } from 'node:stream/consumers'
import {
  CourseManifest,
  MANIFEST_FILE,
  MAX_IMPORT_CAPTIONS,
  MAX_IMPORT_CAPTION_BYTES,
  MAX_IMPORT_LECTURES,
} from '@aetherlearn/contracts/course/transfer'
import { fail } from '@aetherlearn/service-kit/errors'
import { fieldErrors } from '@aetherlearn/service-kit/validation'
import { Compile } from 'typebox/compile'
import type { ArchivedFile } from 'yauzl'
import type { OpenArchive } from './archive.ts'
import { assertPlainFile, invalid, tooLarge } from './rules.ts'

const MAX_MANIFEST_BYTES = 16 * 1024 * 1024
const manifestCheck = Compile(CourseManifest)

/** A file as the manifest names it. */
export type NamedFile = { file: string; sizeBytes: number }
export type Inspected = {
  manifest: CourseManifest
  fileOf: (named: NamedFile) => ArchivedFile
  /** Of videos and packages. */
  contentBytes: number
}

/**
 * Judges an archive by its directory and manifest before anything of it is unpacked: it holds exactly the files that the
 * manifest names, plain ones, each on bytes of its own, of the sizes told and of no more than `maxBytes` in all.
 */
export async function inspect(open: OpenArchive, maxBytes: number): Promise<Inspected> {
  const files = await readDirectory(open, maxBytes)
  await assertApart(open, [...files.values()])
  const file = files.get(MANIFEST_FILE)
  if (file === undefined) throw invalid(`holds no ${MANIFEST_FILE}`)
  const manifest = await readManifest(open, file)
  const videos = manifest.sections.flatMap(({ lectures }) => lectures.flatMap(({ video }) => video ?? []))
  const lectureCount = manifest.sections.reduce((sum, { lectures }) => sum + lectures.length, 0)
  if (lectureCount > MAX_IMPORT_LECTURES) throw tooLarge(`holds more than ${MAX_IMPORT_LECTURES} lectures`)
  const packages = manifest.sections.flatMap(({ lectures }) => lectures.flatMap((one) => one.package ?? []))
  const captions = videos.flatMap((video) => video.captions ?? [])
  assertFewCaptions(captions)
  const fileOf = ({ file: name }: NamedFile) => {
    const found = files.get(name)
    if (found === undefined) throw invalid(`holds no ${name}, which its manifest names`)
    return found
  }
  const named = new Set([MANIFEST_FILE])
  for (const one of [...videos, ...packages, ...captions]) {
    if (named.has(one.file)) throw invalid(`has a manifest that names ${one.file} twice`)
    named.add(one.file)
    if (fileOf(one).uncompressedSize !== one.sizeBytes) {
      throw invalid(`holds ${one.file} in another size than its manifest says`)
    }
  }
  for (const name of files.keys()) {
    if (!named.has(name)) throw invalid(`holds ${JSON.stringify(name)}, which its manifest does not name`)
  }
  const contentBytes = [...videos, ...packages].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return { manifest, fileOf, contentBytes }
}

/** They are read whole, and kept until the course is made. */
function assertFewCaptions(captions: NamedFile[]) {
  const bytes = captions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (captions.length > MAX_IMPORT_CAPTIONS)
    throw tooLarge(`holds more than ${MAX_IMPORT_CAPTIONS} files of captions`)
  if (bytes > MAX_IMPORT_CAPTION_BYTES)
    throw tooLarge(`holds more than ${MAX_IMPORT_CAPTION_BYTES} bytes of captions`)
}

async function readDirectory({ archive, blame }: OpenArchive, maxBytes: number) {
  const maxFiles = MAX_IMPORT_LECTURES + MAX_IMPORT_CAPTIONS + 1
  if (archive.entryCount > maxFiles) {
    throw tooLarge(`says that it holds ${archive.entryCount} files; ${maxFiles} are the most`)
  }
  const files = new Map<string, ArchivedFile>()
  const read = async () => {
    let unpackedBytes = 0
    for await (const file of archive.eachEntry()) {
      assertPlainFile(file)
      if (files.has(file.fileName)) throw invalid(`holds ${JSON.stringify(file.fileName)} twice`)
      files.set(file.fileName, file)
      unpackedBytes += file.uncompressedSize
      if (unpackedBytes > maxBytes) throw tooLarge(`would unpack to more than ${maxBytes} bytes`)
    }
  }
  await blame(read())
  return files
}

/** Files that share bytes make much out of little. */
async function assertApart({ archive, blame }: OpenArchive, files: ArchivedFile[]) {
  const places: { start: number; end: number }[] = []
  for (const file of files) {
    const { fileDataStart } = await blame(archive.readLocalFileHeaderPromise(file, { minimal: true }))
    places.push({ start: fileDataStart, end: fileDataStart + file.compressedSize })
  }
  places.sort((one, two) => one.start - two.start)
  const overlaps = places.some(({ end }, n) => end > (places[n + 1]?.start ?? Infinity))
  if (overlaps) throw invalid('holds files that lie on the same bytes')
}

async function readManifest({ read }: OpenArchive, file: ArchivedFile): Promise<CourseManifest> {
  if (file.uncompressedSize > MAX_MANIFEST_BYTES) throw tooLarge(`has a ${MANIFEST_FILE} that is too large`)
  const bytes = await buffer(read(file))
  const manifest = parsed(bytes.toString('utf8'))
  if (manifestCheck.Check(manifest)) return manifest
  const errors = fieldErrors(MANIFEST_FILE, manifestCheck.Errors(manifest))
  throw fail('INVALID_INPUT', { detail: `The ${MANIFEST_FILE} of this archive is not valid`, errors })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(`has a ${MANIFEST_FILE} that is no JSON`, error)
  }
}
