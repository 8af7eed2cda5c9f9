import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { MAX_CHUNK_BYTES, Sha256 } from '@aetherlearn/contracts/upload'
import { Id, Strict } from '@aetherlearn/contracts/shape'
import { fail } from '@aetherlearn/service-kit/errors'
import { fieldErrors } from '@aetherlearn/service-kit/validation'
import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { IncomingChunk } from './receive.ts'

const Fields = Strict({
  uploadId: Id,
  index: Type.String({ pattern: '^\\d{1,5}$' }),
  sha256: Type.Optional(Sha256),
})
const fieldsOf = Compile(Fields)
type Fields = Static<typeof Fields>

const invalid = (field: string, message: string) => fail('INVALID_INPUT', { errors: [{ field, message }] })

/**
 * Reads the multipart form of a chunk, fields in any order, and lends it to `use`. The file is spooled to a temporary
 * one: fields may come after it, and a form does not tell its length before its end.
 */
export async function withChunkForm<T>(
  request: FastifyRequest,
  use: (uploadId: string, chunk: IncomingChunk) => Promise<T>,
): Promise<T> {
  if (!request.isMultipart()) throw fail('UNSUPPORTED_MEDIA', { detail: 'Send multipart/form-data' })
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-chunk-'))
  try {
    const file = join(folder, 'chunk')
    const fields = await readForm(request, file)
    const { size } = await stat(file)
    const { uploadId, sha256 } = fields
    const body = createReadStream(file)
    try {
      const index = Number(fields.index)
      return await use(uploadId, { index, indexField: 'body.index', body, sizeBytes: size, sha256 })
    } finally {
      body.destroy()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const limits = { files: 1, fields: 10, fileSize: MAX_CHUNK_BYTES, parts: 12 }

/** The parser reports a form that is cut off or has no boundary in plain errors. */
const BROKEN_FORM = /multipart|terminated early/i

async function readForm(request: FastifyRequest, file: string): Promise<Fields> {
  try {
    return await readParts(request, file)
  } catch (error) {
    const isBroken = error instanceof Error && !('code' in error) && BROKEN_FORM.test(error.message)
    throw isBroken ? invalid('body', error.message) : error
  }
}

async function readParts(request: FastifyRequest, file: string): Promise<Fields> {
  const fields: Record<string, unknown> = {}
  let files = 0
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      fields[part.fieldname] = part.value
      continue
    }
    if (part.fieldname !== 'file') throw invalid(`body.${part.fieldname}`, 'is not a known field')
    files += 1
    await pipeline(part.file, createWriteStream(file, { flags: 'wx' }))
    if (part.file.truncated) throw fail('TOO_LARGE')
  }
  if (files === 0) throw invalid('body.file', 'is required')
  if (fieldsOf.Check(fields)) return fields
  throw fail('INVALID_INPUT', { errors: fieldErrors('body', fieldsOf.Errors(fields)) })
}
