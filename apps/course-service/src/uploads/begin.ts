import { randomBytes } from 'node:crypto'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { may, type Caller } from '../courses/rules.ts'
import type { CourseStore } from '../courses/store.ts'
import { endUpload } from './end.ts'
import { chunksOf } from './rules.ts'
import type { UploadRow, UploadStore } from './store.ts'
import type { UploadLimits, UsageStore } from './usage-store.ts'

const DAY_MS = 24 * 3600 * 1000

export type BeginDeps = {
  uploads: UploadStore
  usage: UsageStore
  courses: CourseStore
  objects: ObjectStore
  uploadDays: number
  uploadLimits: UploadLimits
}
/** What a client tells of the file it is about to send. */
export type NewFile = {
  lectureId: string
  size?: number
  fileName?: string
  chunkSize?: number
  sha256?: string
}

/** A new upload with its place in the quota, or the open one of the same person, lecture and file. */
export async function begin(deps: BeginDeps, caller: Caller, file: NewFile): Promise<UploadRow> {
  const { uploads, objects, usage, uploadDays, uploadLimits } = deps
  await assertMayUpload(deps.courses, file.lectureId, caller)
  const { lectureId, size, chunkSize = MIN_CHUNK_BYTES, sha256, fileName } = file
  const tells = fileName !== undefined || sha256 !== undefined
  const fingerprint = size !== undefined && tells ? JSON.stringify([fileName, size, sha256]) : undefined
  const same = { ownerId: caller.id, lectureId, ...(fingerprint === undefined ? {} : { fingerprint }) }
  const known = fingerprint === undefined ? null : await uploads.findOpen(same)
  if (known !== null) return known
  const uploadId = randomBytes(12).toString('hex')
  const place = { ownerId: caller.id, uploadId }
  // First of all: what a crash leaves behind after this is found by it.
  await usage.reserve({ ...place, sizeBytes: size ?? 0 }, uploadLimits)
  const parts = await objects.createParts(`raw/${uploadId}`, size).catch(async (error: unknown) => {
    await usage.drop(place)
    throw error
  })
  const upload = {
    _id: uploadId,
    ...same,
    chunkSizeBytes: chunkSize,
    ...(size === undefined ? {} : { sizeBytes: size, totalChunks: chunksOf(size, chunkSize) }),
    ...(sha256 === undefined ? {} : { sha256 }),
    parts,
    expiresAt: new Date(Date.now() + uploadDays * DAY_MS),
  }
  if (await uploads.create(upload)) return { ...upload, state: 'OPEN' }
  // The same file's upload was begun in the meantime, or has expired and is not swept yet.
  await objects.abortParts(parts)
  await usage.drop(place)
  const expired = await uploads.findExpired(same)
  if (expired !== null) await endUpload(deps, expired)
  return begin(deps, caller, file)
}

/** The existence of a draft's lecture is private. */
async function assertMayUpload(courses: CourseStore, lectureId: string, caller: Caller) {
  const lecture = await courses.findLecture(lectureId)
  const course = lecture === null ? null : await courses.findCourse(String(lecture.courseId))
  if (course === null || !may(course, caller, 'edit')) throw fail('LECTURE_NOT_FOUND')
}
