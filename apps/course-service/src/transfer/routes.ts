import { Readable } from 'node:stream'
import { transferApi } from '@aetherlearn/contracts/course/transfer'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { importCourse, type ImportDeps } from './import.ts'
import { packCourse, type PackDeps } from './pack.ts'

export type TransferDeps = PackDeps & ImportDeps

export async function transferRoutes(app: Server, deps: TransferDeps) {
  app.route({
    ...transferApi.duplicateCourse,
    handler: async ({ caller, params, body }, reply) =>
      reply.code(201).send(await deps.transfers.duplicate(params.courseId, caller, body.title)),
  })
  app.route({
    ...transferApi.exportCourse,
    handler: async ({ caller, params: { courseId } }, reply) => {
      const archive = await packCourse(deps, courseId, caller)
      void reply.header('content-disposition', `attachment; filename="course-${courseId}.zip"`)
      return reply.type('application/zip').send(archive)
    },
  })
  await app.register(async (scope: Server) => importRoute(scope, deps))
}

function importRoute(app: Server, deps: TransferDeps) {
  // An archive stays a stream, and nothing else is read at all: the limit of this route is for archives.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/zip', (_request, body, done) => done(null, body))
  app.route({
    ...transferApi.importCourse,
    handler: async ({ caller, headers, body, raw, traceId }, reply) => {
      if (!(body instanceof Readable)) throw fail('UNSUPPORTED_MEDIA', { detail: 'Send application/zip' })
      const sizeBytes = lengthOf(headers['content-length'])
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      try {
        if (sizeBytes > deps.importMaxBytes) throw fail('TOO_LARGE')
        return await reply
          .code(201)
          .send(await importCourse(deps, { caller, body, sizeBytes, signal: gone.signal, traceId }))
      } finally {
        // A refused body is read all the same: a client that is still sending would miss the answer.
        raw.unpipe()
        raw.resume()
      }
    },
  })
}

/** Throws INVALID_INPUT. */
export function lengthOf(header: string | undefined) {
  if (header === undefined) {
    throw fail('INVALID_INPUT', { errors: [{ field: 'headers.content-length', message: 'is required' }] })
  }
  return Number(header)
}
