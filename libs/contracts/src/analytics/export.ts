import { endpoint, Strict } from '../shape.ts'
import { CourseRef, UtcDay } from './shapes.ts'
import { Type } from 'typebox'

/** Including both days; left out: all there is. */
const querystring = Strict({ from: Type.Optional(UtcDay), to: Type.Optional(UtcDay) })

export const analyticsExportApi = {
  /** RFC 4180; a row per day and lecture. */
  exportCsv: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/export/csv',
    summary: 'The numbers of a course by day and lecture, as CSV',
    config: { access: 'instructor', rate: 'media' },
    schema: { params: CourseRef, querystring, response: {} },
  }),
  /** A JSON array of statements of xAPI 1.0.3 by the Video Profile 1.0. */
  exportXapi: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/export/xapi',
    summary: 'Every playback of a course as xAPI statements',
    config: { access: 'instructor', rate: 'media' },
    schema: { params: CourseRef, querystring, response: {} },
  }),
}
