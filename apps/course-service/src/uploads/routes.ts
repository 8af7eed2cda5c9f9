import { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import { Sha256, uploadApi, type UploadStatus } from '@aetherlearn/contracts/upload'
import type { Caller } from '@aetherlearn/service-kit/auth'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import type { FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import { begin, type BeginDeps } from './begin.ts'
import { createCompleter } from './complete.ts'
import { directRoutes } from './direct-routes.ts'
import { receivedDirectly } from './direct.ts'
import { endUpload } from './end.ts'
import { withChunkForm } from './form.ts'
import { createChunkReceiver } from './receive.ts'
import type { UploadRow } from './store.ts'
import { tusRoutes } from './tus-routes.ts'
import type { TusStore } from './tus-store.ts'

const checksum = Compile(Sha256)

export type UploadDeps = BeginDeps & { tus: TusStore }

export async function uploadRoutes(app: Server, deps: UploadDeps) {
  const { uploads, usage, uploadLimits } = deps
  const receive = createChunkReceiver(deps)
  const complete = createCompleter(deps)
  const find = async (uploadId: string, caller: Caller): Promise<UploadRow> => {
    const upload = await uploads.find(uploadId, caller.id)
    if (upload === null) throw fail('UPLOAD_NOT_FOUND')
    return upload
  }
  await app.register(tusRoutes, { ...deps, receive, complete })
  await app.register(multipart)
  // Raw chunks stay streams: the store reads them as they come.
  app.addContentTypeParser('application/octet-stream', (_request, body, done) => done(null, body))

  app.route({
    ...uploadApi.initializeUpload,
    handler: async ({ caller, body }) => {
      const { direct, ...file } = body
      if (direct !== true) return startedOf(await begin(deps, caller, file))
      if (file.size === undefined) throw required('body.size')
      return { ...startedOf(await begin(deps, caller, file)), direct: deps.objects.direct !== undefined }
    },
  })
  app.route({
    ...uploadApi.sendChunkForm,
    handler: (request) =>
      answered(request, () =>
        withChunkForm(request, {
          find: (uploadId) => find(uploadId, request.caller),
          store: receive,
        }),
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
      const { totalChunks, parts } = body
      if (totalChunks === undefined && parts === undefined) throw required('body.totalChunks')
      await complete(upload, { totalChunks, claimed: parts, traceId })
      return { message: 'processing' }
    },
  })
  directRoutes(app, { ...deps, find })
  app.route({
    ...uploadApi.abortUpload,
    handler: async ({ caller, params }) => {
      const upload = await find(params.uploadId, caller)
      if (!(await endUpload(deps, upload))) throw fail('UPLOAD_NOT_OPEN')
      return { message: 'upload given up' }
    },
  })
  app.route({
    ...uploadApi.getUsage,
    handler: async ({ caller }) => ({ ...(await usage.read(caller.id)), ...uploadLimits }),
  })
  app.route({
    ...uploadApi.getUpload,
    handler: async ({ caller, params }) => {
      const upload = await find(params.uploadId, caller)
      const received = await receivedChunks(deps, upload)
      const { lectureId } = upload
      const state: UploadStatus['state'] = upload.state === 'DONE' ? 'DONE' : 'OPEN'
      return { ...startedOf(upload), lectureId, state, receivedChunks: received }
    },
  })
}

async function receivedChunks(deps: UploadDeps, upload: UploadRow): Promise<number[]> {
  if (upload.direct === true) return receivedDirectly(deps, upload)
  return (await deps.uploads.chunks(upload)).map(({ index }) => index)
}

const required = (field: string) => fail('INVALID_INPUT', { errors: [{ field, message: 'is required' }] })

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
