import { Type } from 'typebox'
import { Id, Strict, endpoint } from '../shape.ts'
import { Course, CourseRef } from './shapes.ts'

export const MAX_THUMBNAIL_BYTES = 5 * 1024 * 1024
/** What is made of each picture; `thumbnailUrl` names the first, the others lie beside it. */
export const thumbnailSizes = [
  { file: 'large.webp', width: 1280, height: 720 },
  { file: 'small.webp', width: 640, height: 360 },
] as const

export const thumbnailApi = {
  /** Body: the bytes of a JPEG, PNG, WebP or AVIF image, as `application/octet-stream` or its own `image/…`. */
  putThumbnail: endpoint({
    method: 'PUT',
    url: '/api/v1/course/:courseId/thumbnail',
    summary: 'Give the draft a picture; it is cut to 16:9',
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_THUMBNAIL_BYTES,
    schema: { params: CourseRef, response: { 200: Course } },
  }),
  deleteThumbnail: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/:courseId/thumbnail',
    summary: 'Take the picture off the draft',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Course } },
  }),
  getThumbnail: endpoint({
    method: 'GET',
    url: '/api/v1/course/published/:courseId/thumbnail/:file',
    summary: 'The picture of a published course; kept for a year by whoever names its version `v`',
    config: { access: 'public', rate: 'media' },
    schema: {
      params: Strict({ courseId: Id, file: Type.String({ pattern: '^[a-z0-9.]{1,40}$' }) }),
      querystring: Strict({ v: Type.Optional(Type.String({ pattern: '^[0-9a-f]{1,40}$' })) }),
      response: {},
    },
  }),
}
