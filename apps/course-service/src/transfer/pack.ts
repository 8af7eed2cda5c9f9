import { createHash } from 'node:crypto'
import { PassThrough, Readable, Transform, pipeline } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  MANIFEST_FILE,
  type ExportedCaptions,
  type ExportedPackage,
  type ExportedVideo,
} from '@aetherlearn/contracts/course/transfer'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { SNIFFED_BYTES, sniff } from '@aetherlearn/service-kit/sniff'
import { ZipFile } from 'yazl'
import type { CaptionStore, VideoRef } from '../captions/store.ts'
import { packageIn, type LectureRow } from '../courses/rows.ts'
import type { Caller } from '../courses/rules.ts'
import { captionsFileOf, fileNameOf, manifestOf, packageFileOf, rawKeyOf } from './rules.ts'
import { RAW_OBJECT, type TransferStore } from './store.ts'

export type PackDeps = { transfers: TransferStore; captions: CaptionStore; objects: ObjectStore }
type PlannedCaptions = Omit<ExportedCaptions, 'sizeBytes'> & { of: VideoRef }
type Planned = Omit<ExportedVideo, 'sha256' | 'captions'> & {
  key: string
  lecture: LectureRow
  captions: PlannedCaptions[]
}

type PlannedPackage = Omit<ExportedPackage, 'sha256'> & { key: string; lecture: LectureRow }

/** As many lookups at the object store at a time. */
const AT_ONCE = 16

/**
 * A draft as a zip file, made while it is read. Videos go as they are, as packing them gains nothing, and the manifest
 * goes last: it tells their hashes, which are known when they have gone.
 */
export async function packCourse(deps: PackDeps, courseId: string, caller: Caller): Promise<Readable> {
  const draft = await deps.transfers.readDraft(courseId, caller)
  const wanted = draft.sections.flatMap(({ lectures }, section) =>
    lectures.map((lecture, n) => ({ lecture, section, n })),
  )
  const planned: Planned[] = []
  const packages: PlannedPackage[] = []
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const some = wanted.slice(start, start + AT_ONCE)
    planned.push(...(await Promise.all(some.map((one) => plan(deps, one)))).flat())
    packages.push(...(await Promise.all(some.map((one) => planPackage(deps, one)))).flat())
  }
  const packed = new Map<LectureRow, { video?: ExportedVideo; package?: ExportedPackage }>()
  const zip = new ZipFile()
  const out = new PassThrough()
  pipeline(zip.outputStream, out, () => {
    // Whoever reads `out` is told.
  })
  zip.on('error', (error: Error) => out.destroy(error))
  for (const { key, lecture, captions: texts, ...video } of planned) {
    const captions = texts.map((text) => addCaptions(zip, out, deps.captions, text))
    zip.addReadStreamLazy(video.file, { compress: false, size: video.sizeBytes }, (pass) => {
      const done = (sha256: string) =>
        packed.set(lecture, { video: { ...video, sha256, ...(captions.length > 0 && { captions }) } })
      passHashed(deps.objects, key, out, done, pass)
    })
  }
  for (const { key, lecture, ...file } of packages) {
    zip.addReadStreamLazy(file.file, { compress: false, size: file.sizeBytes }, (pass) => {
      const done = (sha256: string) => packed.set(lecture, { package: { ...file, sha256 } })
      passHashed(deps.objects, key, out, done, pass)
    })
  }
  zip.addReadStreamLazy(MANIFEST_FILE, (pass) => {
    const manifest = manifestOf(draft, (lecture) => packed.get(lecture) ?? {})
    pass(null, Readable.from([Buffer.from(JSON.stringify(manifest, undefined, 2))]))
  })
  zip.end()
  return out
}

type Pass = (error: null, stream: Readable) => void

function passHashed(
  objects: ObjectStore,
  key: string,
  out: Readable,
  done: (sha256: string) => void,
  pass: Pass,
) {
  hashed(objects, key, out, done).then(
    (stream) => pass(null, stream),
    (error: Error) => out.destroy(error),
  )
}

type Place = { lecture: LectureRow; section: number; n: number }

/** Its size is known when it is packed. */
function addCaptions(zip: ZipFile, out: Readable, captions: CaptionStore, planned: PlannedCaptions) {
  const { of, ...named } = planned
  const exported: ExportedCaptions = { ...named, sizeBytes: 0 }
  zip.addReadStreamLazy(named.file, { compress: true }, (pass) => {
    captions.find(of, named.language).then(
      (row) => {
        // Removed since the draft was read: to ask again helps.
        if (row === null) return out.destroy(new Error(`${named.file} is not there any more`))
        const bytes = Buffer.from(row.vtt)
        exported.sizeBytes = bytes.length
        pass(null, Readable.from([bytes]))
      },
      (error: Error) => out.destroy(error),
    )
  })
  return exported
}

/** Nothing where the lecture has no video yet. */
async function plan({ objects, captions }: PackDeps, { lecture, section, n }: Place): Promise<Planned[]> {
  const key = RAW_OBJECT.exec(lecture.rawVideoUrl ?? '')?.[1]
  if (key === undefined) return []
  const head = await objects.head(key)
  const start =
    head === undefined ? undefined : await objects.read(key, { start: 0, end: lastOf(head.sizeBytes) })
  const container = start === undefined ? undefined : sniff(await buffer(start))
  // Replaced since the draft was read: to ask again helps.
  if (head === undefined || container === undefined) {
    throw fail('UNAVAILABLE', { internal: `the video ${key} is not there`, retryAfterSeconds: 2 })
  }
  const { sizeBytes } = head
  const of = { lectureId: String(lecture._id), uploadId: String(lecture.uploadId) }
  const texts = (await captions.captionsOf(of)).map(({ language, label }) => ({
    file: captionsFileOf(section, n, language),
    language,
    label,
    of,
  }))
  return [{ file: fileNameOf(section, n, container), sizeBytes, container, key, lecture, captions: texts }]
}

/** As it was sent. Nothing where the lecture is no package. */
async function planPackage({ objects }: PackDeps, { lecture, section, n }: Place): Promise<PlannedPackage[]> {
  const held = lecture.status === 'READY' ? packageIn(lecture.media) : undefined
  if (held === undefined) return []
  const key = rawKeyOf(String(held.uploadId))
  const head = await objects.head(key)
  // Replaced since the draft was read: to ask again helps.
  if (head === undefined) {
    throw fail('UNAVAILABLE', { internal: `the package ${key} is not there`, retryAfterSeconds: 2 })
  }
  return [{ file: packageFileOf(section, n), sizeBytes: head.sizeBytes, key, lecture }]
}

const lastOf = (sizeBytes: number) => Math.min(sizeBytes, SNIFFED_BYTES) - 1

/** Ends with whoever reads it: a client that goes away must not leave an object open. */
async function hashed(objects: ObjectStore, key: string, out: Readable, done: (sha256: string) => void) {
  const source = await objects.read(key)
  if (out.destroyed) source.destroy()
  const hash = createHash('sha256')
  const pass = new Transform({
    transform(bytes: Buffer, _encoding, callback) {
      hash.update(bytes)
      callback(null, bytes)
    },
    flush(callback) {
      done(hash.digest('hex'))
      callback()
    },
  })
  const end = () => source.destroy()
  out.once('close', end)
  pipeline(source, pass, (error) => {
    out.off('close', end)
    if (error) out.destroy(error)
  })
  return pass
}
