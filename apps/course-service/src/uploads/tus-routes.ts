import { Readable } from 'node:stream'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { TUS, tusApi } from '@aetherlearn/contracts/tus'
import { MAX_UPLOAD_BYTES } from '@aetherlearn/contracts/upload'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { begin, type BeginDeps } from './begin.ts'
import { createTusDoor, type Found, type TusDoorDeps } from './tus-door.ts'
import { checksumOf, fileOf, refuseUnknownWays, uploadLength, uploadOffset } from './tus-rules.ts'

export type TusDeps = BeginDeps & TusDoorDeps

/** The tus 1.0 door: one handler for each verb. What it stores are uploads and chunks as of the other doors. */
export async function tusRoutes(plain: FastifyInstance, deps: TusDeps) {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>()
  const door = createTusDoor(deps)
  speakTus(app)
  // Uploads would hold the stop up until they are killed, and lose what is no whole chunk yet.
  app.addHook('preClose', async () => door.stop())

  app.route({
    ...tusApi.describeTus,
    handler: (_request, reply) => reply.code(204).headers(abilities).send(),
  })
  app.route({
    ...tusApi.createTusUpload,
    handler: (request, reply) =>
      answered(request, async () => {
        const { caller, headers, body, traceId } = request
        refuseUnknownWays(headers)
        const size = uploadLength(headers['upload-length'])
        const checksum = checksumOf(headers['upload-checksum'])
        const file = fileOf(headers['upload-metadata'])
        const upload = await begin(deps, caller, { ...file, size })
        const uploadId = String(upload._id)
        void reply.code(201).header('location', `${tusApi.createTusUpload.url}/${uploadId}`)
        const found = await door.remember(upload, headers['upload-metadata']?.toString())
        tellPlace(reply, found)
        if (body instanceof Readable && found.place.offset === 0) {
          const sent = { offset: 0, body, sizeBytes: lengthOf(headers), checksum }
          const place = { uploadId, owner: caller, traceId }
          tellPlace(reply, await door.append(place, sent, (now) => tellPlace(reply, now)))
        }
        return reply.send()
      }),
  })
  app.route({
    ...tusApi.findTusOffset,
    handler: async ({ caller, params, traceId }, reply) => {
      const found = await door.locate(params.uploadId, caller, traceId)
      tellPlace(reply, found)
      const { upload, row } = found
      if (row?.metadata !== undefined) void reply.header('upload-metadata', row.metadata)
      return reply.headers({ 'upload-length': upload.sizeBytes, 'cache-control': 'no-store' }).send()
    },
  })
  app.route({
    ...tusApi.appendTusBytes,
    handler: (request, reply) =>
      answered(request, async () => {
        const { caller, params, headers, body, traceId } = request
        const place = { uploadId: params.uploadId, owner: caller, traceId }
        await door.find(place.uploadId, caller)
        const offset = uploadOffset(headers['upload-offset'])
        const checksum = checksumOf(headers['upload-checksum'])
        if (!(body instanceof Readable)) {
          throw fail('UNSUPPORTED_MEDIA', { detail: `Send ${TUS.contentType}` })
        }
        const sent = { offset, body, sizeBytes: lengthOf(headers), checksum }
        tellPlace(reply, await door.append(place, sent, (now) => tellPlace(reply, now)))
        return reply.code(204).send()
      }),
  })
  app.route({
    ...tusApi.terminateTusUpload,
    handler: async ({ caller, params }, reply) => {
      await door.terminate(params.uploadId, caller)
      return reply.code(204).send()
    },
  })
}

const abilities = {
  'tus-version': TUS.version,
  'tus-extension': TUS.extensions.join(','),
  'tus-checksum-algorithm': TUS.checksums.join(','),
  'tus-max-size': String(MAX_UPLOAD_BYTES),
}

/** What all answers and requests of tus have, and its one content type. */
function speakTus(app: FastifyInstance) {
  app.removeAllContentTypeParsers()
  // Bytes stay streams: they are stored as they come.
  app.addContentTypeParser(TUS.contentType, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'OPTIONS' || request.headers['tus-resumable'] === TUS.version) return
    void reply.header('tus-version', TUS.version)
    throw fail('TUS_VERSION')
  })
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('tus-resumable', TUS.version)
  })
}

function tellPlace(reply: FastifyReply, { upload, place }: Found) {
  void reply.header('upload-offset', place.offset)
  if (upload.state === 'OPEN') void reply.header('upload-expires', upload.expiresAt.toUTCString())
  else void reply.removeHeader('upload-expires')
}

const lengthOf = (headers: FastifyRequest['headers']) => Number(headers['content-length'] ?? 0)

/** A refused body is read on for a while: a client that is still sending would miss the answer. */
async function answered<T>({ raw }: FastifyRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    raw.unpipe()
    raw.resume()
  }
}
