import { randomBytes } from 'node:crypto'
import { Readable, addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ExportedVideo } from '@aetherlearn/contracts/course/transfer'
import type { Course } from '@aetherlearn/contracts/course/shapes'
import type { Caller } from '@aetherlearn/service-kit/auth'
import { Failure, fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { startRounds, workOnEach, type RoundsOptions } from '@aetherlearn/service-kit/rounds'
import { canonicalLanguage } from '../captions/language.ts'
import { makeCaptions } from '../captions/parse.ts'
import type { NewCaptions } from '../captions/store.ts'
import { detailsOf } from '../editing/rules.ts'
import { packageFolderOf } from '../packages/paths.ts'
import { mediaOf } from '../packages/store.ts'
import { exactly } from '../uploads/exactly.ts'
import { meter } from '../uploads/meter.ts'
import type { UploadLimits, UsageStore } from '../uploads/usage-store.ts'
import { openArchive, type OpenArchive } from './archive.ts'
import { putPackages, type PutPackages } from './import-packages.ts'
import type { ImportRow, ImportStore, ImportedContent, ImportedVideo } from './import-store.ts'
import { inspect, type Inspected, type NamedFile } from './inspect.ts'
import { invalid, rawKeyOf } from './rules.ts'

/** As long as an upload may take; a sweep waits longer, so that it never meets one that is still at work. */
const IMPORT_LIMIT_MS = 15 * 60_000
const ABANDONED_MS = 4 * IMPORT_LIMIT_MS
const AT_ONCE = 100
const SWEEP_EVERY_MS = 10 * 60_000

export type EndImportDeps = { imports: ImportStore; usage: UsageStore; objects: ObjectStore }
export type ImportDeps = EndImportDeps & {
  uploadLimits: UploadLimits
  importMaxBytes: number
  packageMaxBytes: number
}
export type IncomingArchive = {
  caller: Pick<Caller, 'id'>
  body: Readable
  sizeBytes: number
  /** Nobody waits for the answer any more. */
  signal: AbortSignal
  traceId: string
}

export const newId = () => randomBytes(12).toString('hex')
const archiveKeyOf = (importId: string) => `imports/${importId}.zip`

/** Takes an archive in whole, judges it, and only then makes a course of it. Whatever happens, the archive goes. */
export async function importCourse(deps: ImportDeps, incoming: IncomingArchive): Promise<Course> {
  const { imports, usage, uploadLimits } = deps
  const { caller, sizeBytes } = incoming
  const signal = AbortSignal.any([incoming.signal, AbortSignal.timeout(IMPORT_LIMIT_MS)])
  const importId = newId()
  await usage.reserve({ ownerId: caller.id, uploadId: importId, sizeBytes }, uploadLimits)
  await imports.begin(importId, caller.id)
  try {
    return await takeIn(deps, importId, { ...incoming, signal })
  } catch (error) {
    throw signal.aborted ? fail('TOO_SLOW', { cause: error }) : error
  } finally {
    await endImport(deps, importId)
  }
}

async function takeIn(deps: ImportDeps, importId: string, incoming: IncomingArchive) {
  const { objects, imports, usage, uploadLimits, importMaxBytes } = deps
  const { caller, body, sizeBytes, signal, traceId } = incoming
  const key = archiveKeyOf(importId)
  await objects.put(
    key,
    addAbortSignal(signal, Readable.from(exactly(body, sizeBytes), { objectMode: false })),
  )
  const open = await openArchive({ objects, key, sizeBytes })
  const inspected = await inspect(open, importMaxBytes)
  const owner = { importId, ownerId: caller.id }
  const room = { ownerId: caller.id, uploadId: importId, sizeBytes: inspected.contentBytes }
  await usage.grow(room, uploadLimits)
  const putting = { ...deps, open, inspected, signal }
  const videos = await putVideos(putting, importId)
  const packages = await putPackages(putting, room)
  signal.throwIfAborted()
  const draft = draftOf(inspected, caller.id, { videos, packages })
  return imports.finish(owner, draft, byId(videos, packages), traceId)
}

const byId = (videos: PutVideos, packages: PutPackages): ImportedContent => ({
  videos: new Map([...videos.values()].map((video) => [video.uploadId, video])),
  packages: new Map([...packages.values()].map((held) => [held.packageId, held])),
})

type PutVideos = Map<ExportedVideo, ImportedVideo>
export type PutDeps = ImportDeps & { open: OpenArchive; inspected: Inspected; signal: AbortSignal }

/** One after the other: each is checked while it goes to its place. */
async function putVideos({ imports, objects, open, inspected, signal }: PutDeps, importId: string) {
  const put: PutVideos = new Map()
  for (const { lectures } of inspected.manifest.sections) {
    for (const { video } of lectures) {
      if (video === undefined) continue
      signal.throwIfAborted()
      const uploadId = newId()
      await imports.expect(importId, uploadId)
      const { sizeBytes, sha256 } = video
      const from = { objects, open, inspected, signal }
      const { container } = await putChecked(from, uploadId, video, 'video')
      if (container !== video.container) {
        throw fail('UNSUPPORTED_MEDIA', { detail: `${video.file} is no ${video.container} file` })
      }
      const captions = await readCaptions({ open, inspected }, video)
      put.set(video, { uploadId, container, sizeBytes, sha256, captions })
    }
  }
  return put
}

type Sent = NamedFile & { sha256: string }

/** To its place in the object store, as long and with the checksum that the manifest says. */
export async function putChecked(
  { objects, open, inspected, signal }: Pick<PutDeps, 'objects' | 'open' | 'inspected' | 'signal'>,
  uploadId: string,
  sent: Sent,
  kind: 'video' | 'package',
) {
  const { sizeBytes, sha256 } = sent
  const body = open.read(inspected.fileOf(sent))
  // Only of a file's first piece it is asked whether it is that of a video.
  const metered = meter({ index: kind === 'video' ? 0 : 1, body, sizeBytes, sha256 })
  const bytes = addAbortSignal(signal, Readable.from(metered.bytes(), { objectMode: false }))
  try {
    await objects.put(rawKeyOf(uploadId), bytes)
  } catch (error) {
    throw ofFile(sent, error)
  } finally {
    body.destroy()
  }
  return metered.result()
}

/** What an archive says is trusted as little as what a person sends. */
async function readCaptions({ open, inspected }: Pick<PutDeps, 'open' | 'inspected'>, video: ExportedVideo) {
  const made = new Map<string, NewCaptions>()
  for (const one of video.captions ?? []) {
    const bytes = await buffer(open.read(inspected.fileOf(one)))
    try {
      const language = canonicalLanguage(one.language)
      if (made.has(language)) throw invalid(`names ${one.language} twice`)
      made.set(language, makeCaptions(bytes, language, one.label))
    } catch (error) {
      throw ofFile(one, error)
    }
  }
  return [...made.values()]
}

/** The same refusal, which says of which file it is. */
export function ofFile({ file }: Pick<NamedFile, 'file'>, error: unknown) {
  if (!(error instanceof Failure) || error.status >= 500) return error
  return fail(error.code, { ...error.options, detail: `${file}: ${error.message}`, cause: error })
}

type Put = { videos: PutVideos; packages: PutPackages }

function draftOf({ manifest }: Inspected, creator: string, { videos, packages }: Put) {
  return {
    course: { ...detailsOf(manifest.course), creator },
    sections: manifest.sections.map(({ sectionTitle, lectures }) => ({
      sectionTitle,
      lectures: lectures.map(({ lectureTitle, video, package: sent }) => {
        const held = sent === undefined ? undefined : packages.get(sent)
        if (held !== undefined) {
          const media = mediaOf(held)
          return { lectureTitle, status: 'READY' as const, uploadId: held.packageId, media }
        }
        const uploadId = video === undefined ? undefined : videos.get(video)?.uploadId
        if (uploadId === undefined) return { lectureTitle, status: 'AWAITING_MEDIA' as const }
        const rawVideoUrl = `object:${rawKeyOf(uploadId)}`
        const processingSince = new Date()
        return { lectureTitle, status: 'PROCESSING' as const, uploadId, rawVideoUrl, processingSince }
      }),
    })),
  }
}

/** Takes away the archive, and videos and packages unless a course refers to them. Its row goes last, so it can be repeated. */
async function endImport({ imports, usage, objects }: EndImportDeps, importId: string): Promise<void> {
  const row: ImportRow | null = await imports.end(importId)
  if (row === null) return
  await objects.remove(archiveKeyOf(importId))
  if (row.state === 'ENDED') {
    for (const uploadId of row.uploadIds) {
      await objects.remove(rawKeyOf(uploadId))
      await objects.removeFolder(packageFolderOf(uploadId))
    }
    await usage.drop({ ownerId: row.ownerId, uploadId: importId })
  }
  await imports.forget(importId)
}

/** What processes left that died in the middle. Any number of instances may do it at the same time. */
export async function sweepImports(deps: EndImportDeps, now: Date): Promise<void> {
  const abandoned = await deps.imports.startedBefore(new Date(now.getTime() - ABANDONED_MS), AT_ONCE)
  await workOnEach(abandoned, ({ _id }) => endImport(deps, _id))
}

/** In every instance. */
export function startImportSweep(deps: EndImportDeps, log: RoundsOptions['log']): { stop(): Promise<void> } {
  const work = () => sweepImports(deps, new Date())
  return startRounds({ name: 'import sweep', everyMs: SWEEP_EVERY_MS, work, log })
}
