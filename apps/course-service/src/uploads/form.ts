import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MAX_CHUNK_BYTES, Sha256 } from '@aetherlearn/contracts/upload'
import { Id, Strict } from '@aetherlearn/contracts/shape'
import { fail } from '@aetherlearn/service-kit/errors'
import { fieldErrors } from '@aetherlearn/service-kit/validation'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { IncomingChunk } from './receive.ts'
import type { UploadRow } from './store.ts'

const Fields = Strict({
  uploadId: Id,
  index: Type.String({ pattern: '^\\d{1,5}$' }),
  sha256: Type.Optional(Sha256),
})
const fieldsOf = Compile(Fields)
type Fields = Static<typeof Fields>

const invalid = (field: string, message: string) => fail('INVALID_INPUT', { errors: [{ field, message }] })

export type ChunkFormUse = {
  find(uploadId: string): Promise<UploadRow>
  store(upload: UploadRow, chunk: IncomingChunk): Promise<void>
}

/**
 * Reads the multipart form of a chunk, fields in any order. Where `uploadId` and `index` come before the file, it
 * streams straight to the store; otherwise, and where only the file's end tells its length, a temporary file holds it.
 */
export async function withChunkForm(request: FastifyRequest, use: ChunkFormUse): Promise<void> {
  if (!request.isMultipart()) throw fail('UNSUPPORTED_MEDIA', { detail: 'Send multipart/form-data' })
  const form = readForm(request)
  const file = await form.untilFile()
  if (file === undefined) throw invalid('body.file', 'is required')
  if (fieldsOf.Check(form.fields)) {
    const upload = await use.find(form.fields.uploadId)
    if (upload.sizeBytes !== undefined) return use.store(upload, straight(form, file))
  }
  await spooled(form, file, use)
}

type Form = ReturnType<typeof readForm>

/** The body ends only after the rest of the form was found to be right: until then the chunk does not count. */
function straight(form: Form, file: Readable): IncomingChunk {
  const body = new Transform({
    transform: (bytes, _encoding, done) => done(null, bytes),
    flush: (done) => {
      form.rest().then(() => done(), done)
    },
  })
  file.on('error', (error) => body.destroy(ofForm(error)))
  const index = Number(form.fields['index'])
  // The checksum may be one of the fields that follow.
  const sha256 = () => form.checked().sha256
  return { index, indexField: 'body.index', body: file.pipe(body), sha256 }
}

async function spooled(form: Form, source: Readable, use: ChunkFormUse) {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-chunk-'))
  try {
    const path = join(folder, 'chunk')
    await pipeline(source, createWriteStream(path, { flags: 'wx' })).catch((error: unknown) => {
      throw ofForm(error)
    })
    await form.rest()
    const { uploadId, index, sha256 } = form.checked()
    const { size: sizeBytes } = await stat(path)
    const upload = await use.find(uploadId)
    const body = createReadStream(path)
    try {
      await use.store(upload, { index: Number(index), indexField: 'body.index', body, sizeBytes, sha256 })
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

function ofForm(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('The form could not be read', { cause: error })
  const isBroken = !('code' in error) && BROKEN_FORM.test(error.message)
  return isBroken ? invalid('body', error.message) : error
}

function readForm(request: FastifyRequest) {
  const fields: Record<string, unknown> = {}
  const parts = request.parts({ limits })[Symbol.asyncIterator]()
  let file: MultipartFile['file'] | undefined

  async function untilFile(): Promise<MultipartFile['file'] | undefined> {
    for (;;) {
      const next = await parts.next().catch((error: unknown) => {
        throw ofForm(error)
      })
      if (next.done === true) return undefined
      const part = next.value
      if (part.type === 'field') {
        fields[part.fieldname] = part.value
        continue
      }
      if (part.fieldname !== 'file') throw invalid(`body.${part.fieldname}`, 'is not a known field')
      file = part.file
      return file
    }
  }
  const checked = (): Fields => {
    if (fieldsOf.Check(fields)) return fields
    throw fail('INVALID_INPUT', { errors: fieldErrors('body', fieldsOf.Errors(fields)) })
  }
  return {
    fields,
    untilFile,
    /** After the file was read to its end. */
    rest: async () => {
      if (file?.truncated === true) throw fail('TOO_LARGE')
      await untilFile()
      checked()
    },
    checked,
  }
}
