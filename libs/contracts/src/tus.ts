import { Type } from 'typebox'
import { Id, Strict, endpoint } from './shape.ts'
import { MAX_UPLOAD_BYTES } from './upload.ts'

/** tus 1.0: what the server says of itself in the answer to OPTIONS. */
export const TUS = {
  version: '1.0.0',
  extensions: ['creation', 'creation-with-upload', 'termination', 'checksum', 'expiration'],
  checksums: ['sha1', 'sha256'],
  contentType: 'application/offset+octet-stream',
} as const

const url = '/api/v1/course/upload/tus'
const one = `${url}/:uploadId` as const
const ref = { params: Strict({ uploadId: Id }) }
/** No body: what is said stands in the headers. */
const Empty = Type.Unsafe<undefined>({ type: 'null' })

/**
 * The tus 1.0 door of uploads, for stock clients: the same uploads as `uploadApi`, by the same ids. Every request but
 * OPTIONS carries `Tus-Resumable: 1.0.0`.
 */
export const tusApi = {
  describeTus: endpoint({
    method: 'OPTIONS',
    url,
    summary: 'tus: the version, extensions, checksums and largest size that are supported',
    config: { access: 'public', rate: 'read' },
    schema: { response: { 204: Empty } },
  }),
  /** `Upload-Length`; `Upload-Metadata` with `lectureId` and, to get an open upload back, `filename`. */
  createTusUpload: endpoint({
    method: 'POST',
    url,
    summary: 'tus: start the upload of a lecture’s video; its address is in Location',
    // As long as a chunk: the first bytes may come with it.
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_UPLOAD_BYTES,
    schema: { response: { 201: Empty } },
  }),
  findTusOffset: endpoint({
    method: 'HEAD',
    url: one,
    summary: 'tus: how many bytes have arrived, in Upload-Offset',
    // As long as a chunk: an upload whose last answer was lost is completed here.
    config: { access: 'instructor', rate: 'upload' },
    schema: { ...ref, response: { 200: Empty } },
  }),
  /** Body: the bytes from `Upload-Offset` on, any number of them; `Upload-Checksum` is checked before they count. */
  appendTusBytes: endpoint({
    method: 'PATCH',
    url: one,
    summary: 'tus: append bytes at Upload-Offset; the last ones complete the upload',
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_UPLOAD_BYTES,
    schema: { ...ref, response: { 204: Empty } },
  }),
  terminateTusUpload: endpoint({
    method: 'DELETE',
    url: one,
    summary: 'tus: give an unfinished upload up and free its bytes',
    config: { access: 'instructor', rate: 'upload' },
    schema: { ...ref, response: { 204: Empty } },
  }),
}
