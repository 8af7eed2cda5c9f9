import { Type } from 'typebox'
import { Strict, endpoint } from '../shape.ts'
import { CourseRef, PublishedCourse } from './shapes.ts'

export const catalogueApi = {
  listPublished: endpoint({
    method: 'GET',
    url: '/api/v1/course/getpublished',
    summary: 'The catalogue: live courses, newest first, at most `limit`',
    config: { access: 'public', rate: 'read' },
    schema: {
      querystring: Strict({ limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }) }),
      response: { 200: Type.Array(PublishedCourse) },
    },
  }),
  getPublished: endpoint({
    method: 'GET',
    url: '/api/v1/course/published/:courseId',
    summary: 'The landing page of a live course',
    config: { access: 'public', rate: 'read' },
    schema: { params: CourseRef, response: { 200: PublishedCourse } },
  }),
}
