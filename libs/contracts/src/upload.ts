import { Type, type Static } from 'typebox'
import { Id, Message, OneOf, Strict, endpoint } from './shape.ts'

/** 5 MiB, the smallest part that S3 accepts in a multipart upload, so that each chunk can be one part. */
export const MIN_CHUNK_BYTES = 5 * 1024 * 1024
export const MAX_CHUNK_BYTES = 64 * 1024 * 1024
/** Source document 000 §2: up to 5 GB a file. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3
/** S3 takes at most 10,000 parts. */
const MAX_CHUNKS = 10_000
/** Room for the multipart headers around a chunk. */
const FORM_OVERHEAD_BYTES = 64 * 1024

/** Open: takes chunks. Done: all is there and the video was handed to processing. */
export const UploadState = OneOf(['OPEN', 'DONE'])
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
/** Zero-based. */
const ChunkIndex = Type.Integer({ minimum: 0, maximum: MAX_CHUNKS - 1 })
const ChunkCount = Type.Integer({ minimum: 1, maximum: MAX_CHUNKS })
/** As S3 counts: the chunk with index 0 is part 1. */
const PartNumber = Type.Integer({ minimum: 1, maximum: MAX_CHUNKS })
/** Of one call. */
const MAX_PRESIGNED = 100
const MAX_PARTS_BODY_BYTES = 1024 * 1024

export const UploadStarted = Type.Object({
  uploadId: Id,
  chunkSize: Type.Integer(),
  /** Absent while the size is unknown: `complete` then says how many chunks there are. */
  totalChunks: Type.Optional(Type.Integer()),
  /** Where it was asked for: whether parts can go straight to the store. False: send chunks. */
  direct: Type.Optional(Type.Boolean()),
})
export const UploadStatus = Type.Object({
  uploadId: Id,
  lectureId: Id,
  receivedChunks: Type.Array(Type.Integer()),
  chunkSize: Type.Integer(),
  totalChunks: Type.Optional(Type.Integer()),
  state: UploadState,
})
export type UploadStatus = Static<typeof UploadStatus>
export const UploadUsage = Type.Object({
  /** Stored videos, and open uploads with the size they were begun with. */
  usedBytes: Type.Integer(),
  quotaBytes: Type.Integer(),
  openUploads: Type.Integer(),
  maxOpenUploads: Type.Integer(),
})
export type UploadUsage = Static<typeof UploadUsage>

const ref = { uploadId: Id }

export const uploadApi = {
  initializeUpload: endpoint({
    method: 'POST',
    url: '/api/v1/course/upload/initialize',
    summary: 'Start the upload of a lecture’s video, or get back the open one of the same file',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      body: Strict({
        lectureId: Id,
        size: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_UPLOAD_BYTES })),
        fileName: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
        chunkSize: Type.Optional(Type.Integer({ minimum: MIN_CHUNK_BYTES, maximum: MAX_CHUNK_BYTES })),
        sha256: Type.Optional(Sha256),
        /** Asks whether parts can go straight to the store; needs `size`. */
        direct: Type.Optional(Type.Boolean()),
      }),
      response: { 200: UploadStarted },
    },
  }),
  /** Source document 000 §5. The multipart fields are `uploadId`, `index` and `file`, in any order, optional `sha256`. */
  sendChunkForm: endpoint({
    method: 'POST',
    url: '/api/v1/course/upload/chunk',
    summary: 'Store one chunk, as multipart/form-data',
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_CHUNK_BYTES + FORM_OVERHEAD_BYTES,
    schema: { response: { 200: Message } },
  }),
  /** Body: the bytes, `application/octet-stream`. */
  putChunk: endpoint({
    method: 'PUT',
    url: '/api/v1/course/upload/:uploadId/chunk/:index',
    summary: 'Store one chunk, as raw bytes; an optional X-Checksum-Sha256 header is checked',
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_CHUNK_BYTES,
    schema: { params: Strict({ ...ref, index: ChunkIndex }), response: { 200: Message } },
  }),
  /** For as long as 15 minutes; each URL takes one PUT of exactly the part's bytes, with the headers that come with it. */
  presignParts: endpoint({
    method: 'POST',
    url: '/api/v1/course/upload/:uploadId/parts',
    summary: 'Get URLs to which parts of an upload can be sent straight to the store',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: Strict(ref),
      body: Strict({
        partNumbers: Type.Array(PartNumber, { minItems: 1, maxItems: MAX_PRESIGNED, uniqueItems: true }),
      }),
      response: {
        200: Type.Object({
          parts: Type.Array(
            Type.Object({
              partNumber: Type.Integer(),
              url: Type.String(),
              headers: Type.Record(Type.String(), Type.String()),
            }),
          ),
        }),
      },
    },
  }),
  completeUpload: endpoint({
    method: 'POST',
    url: '/api/v1/course/upload/complete',
    summary: 'Check that all is there and hand the video to processing; repeating it answers the same',
    // As long as a chunk: a whole-file checksum is compared here.
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_PARTS_BODY_BYTES,
    schema: {
      body: Strict({
        ...ref,
        lectureId: Id,
        /** Needed, unless `parts` is there. */
        totalChunks: Type.Optional(ChunkCount),
        /** Of parts that went straight to the store: what it answered. Checked against what it holds. */
        parts: Type.Optional(
          Type.Array(
            Strict({ partNumber: PartNumber, etag: Type.String({ minLength: 1, maxLength: 128 }) }),
            { minItems: 1, maxItems: MAX_CHUNKS },
          ),
        ),
      }),
      response: { 200: Message },
    },
  }),
  getUsage: endpoint({
    method: 'GET',
    url: '/api/v1/course/upload/usage',
    summary: 'How much of the caller’s room for videos is used',
    config: { access: 'instructor', rate: 'read' },
    schema: { response: { 200: UploadUsage } },
  }),
  getUpload: endpoint({
    method: 'GET',
    url: '/api/v1/course/upload/:uploadId',
    summary: 'Which chunks have arrived',
    config: { access: 'instructor', rate: 'read' },
    schema: { params: Strict(ref), response: { 200: UploadStatus } },
  }),
  abortUpload: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/upload/:uploadId',
    summary: 'Give an open upload up: its bytes and its place in the quota are free at once',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: Strict(ref), response: { 200: Message } },
  }),
}
