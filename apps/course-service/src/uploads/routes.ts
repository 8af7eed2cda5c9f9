import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import { MIN_CHUNK_BYTES, Sha256, uploadApi } from '@aetherlearn/contracts/upload'
import type { Caller } from '@aetherlearn/service-kit/auth'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { Server } from '@aetherlearn/service-kit/server'
import type { FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import { may } from '../courses/rules.ts'
import type { CourseStore } from '../courses/store.ts'
import { createCompleter } from './complete.ts'
import { withChunkForm } from './form.ts'
import { createChunkReceiver } from './receive.ts'
import { chunksOf } from './rules.ts'
import type { UploadRow, UploadStore } from './store.ts'

const DAY_MS = 24 * 3600 * 1000
const checksum = Compile(Sha256)

export type UploadDeps = {
  uploads: UploadStore
  courses: CourseStore
  objects: ObjectStore
  uploadDays: number
}

export async function uploadRoutes(app: Server, deps: UploadDeps) {
  const { uploads } = deps
  const receive = createChunkReceiver(deps)
  const complete = createCompleter(deps)
  const find = async (uploadId: string, caller: Caller): Promise<UploadRow> => {
    const upload = await uploads.find(uploadId, caller.id)
    if (upload === null) throw fail('UPLOAD_NOT_FOUND')
    return upload
  }
  await app.register(multipart)
  // Raw chunks stay streams: the store reads them as they come.
  app.addContentTypeParser('application/octet-stream', (_request, body, done) => done(null, body))

  app.route({
    ...uploadApi.initializeUpload,
    handler: async ({ caller, body }) => startedOf(await begin(deps, caller, body)),
  })
  app.route({
    ...uploadApi.sendChunkForm,
    handler: (request) =>
      answered(request, () =>
        withChunkForm(request, async (uploadId, chunk) =>
          receive(await find(uploadId, request.caller), chunk),
        ),
      ),
  })
  app.route({
    ...uploadApi.putChunk,
    handler: (request) =>
      answered(request, async () => {
        const { caller, params, headers, body } = request
        const sha256 = checksumOf(headers['x-checksum-sha256'])
        const upload = await find(params.uploadId, caller)
        if (!(body instanceof Readable)) {
          throw fail('UNSUPPORTED_MEDIA', { detail: 'Send application/octet-stream' })
        }
        const { index } = params
        const sizeBytes = lengthOf(headers['content-length'])
        await receive(upload, { index, indexField: 'params.index', body, sizeBytes, sha256 })
      }),
  })
  app.route({
    ...uploadApi.completeUpload,
    handler: async ({ caller, body, traceId }) => {
      const upload = await find(body.uploadId, caller)
      if (upload.lectureId !== body.lectureId) {
        throw fail('INVALID_INPUT', {
          errors: [{ field: 'body.lectureId', message: 'is not the lecture of this upload' }],
        })
      }
      await complete(upload, { totalChunks: body.totalChunks, traceId })
      return { message: 'processing' }
    },
  })
  app.route({
    ...uploadApi.getUpload,
    handler: async ({ caller, params }) => {
      const upload = await find(params.uploadId, caller)
      const chunks = await uploads.chunks(upload)
      const { lectureId, state } = upload
      return { ...startedOf(upload), lectureId, state, receivedChunks: chunks.map((chunk) => chunk.index) }
    },
  })
}

const startedOf = ({ _id, chunkSizeBytes, totalChunks }: UploadRow) => ({
  uploadId: String(_id),
  chunkSize: chunkSizeBytes,
  ...(totalChunks === undefined ? {} : { totalChunks }),
})

/** A refused body is read to its end all the same: a client that is still sending would miss the answer. */
async function answered({ raw }: FastifyRequest, store: () => Promise<void>) {
  try {
    await store()
    return { message: 'chunk received' }
  } finally {
    raw.unpipe()
    raw.resume()
  }
}

const lengthOf = (header: string | undefined) => (header === undefined ? undefined : Number(header))

function checksumOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined || checksum.Check(header)) return header
  const message = 'must be 64 lower-case hex digits'
  throw fail('INVALID_INPUT', { errors: [{ field: 'headers.x-checksum-sha256', message }] })
}

type File = { lectureId: string; size?: number; fileName?: string; chunkSize?: number; sha256?: string }

async function begin(deps: UploadDeps, caller: Caller, file: File): Promise<UploadRow> {
  const { uploads, objects, uploadDays } = deps
  await assertMayUpload(deps.courses, file.lectureId, caller)
  const { lectureId, size, chunkSize = MIN_CHUNK_BYTES, sha256, fileName } = file
  const tells = fileName !== undefined || sha256 !== undefined
  const fingerprint = size !== undefined && tells ? JSON.stringify([fileName, size, sha256]) : undefined
  const same = { ownerId: caller.id, lectureId, ...(fingerprint === undefined ? {} : { fingerprint }) }
  const known = fingerprint === undefined ? null : await uploads.findOpen(same)
  if (known !== null) return known
  for (const old of await uploads.expired(caller.id, lectureId)) {
    await objects.abortParts(old.parts)
    await uploads.forget(old)
  }
  const uploadId = randomBytes(12).toString('hex')
  const parts = await objects.createParts(`raw/${uploadId}`, size)
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
  await objects.abortParts(parts)
  return begin(deps, caller, file)
}

/** The existence of a draft's lecture is private. */
async function assertMayUpload(courses: CourseStore, lectureId: string, caller: Caller) {
  const lecture = await courses.findLecture(lectureId)
  const course = lecture === null ? null : await courses.findCourse(String(lecture.courseId))
  if (course === null || !may(course, caller, 'edit')) throw fail('LECTURE_NOT_FOUND')
}
