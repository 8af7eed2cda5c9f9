import { endpoint, Strict } from '../shape.ts'
import { CourseRef, UtcDay } from './shapes.ts'
import { Type } from 'typebox'

/** Including both days; left out: all there is. */
const period = { from: Type.Optional(UtcDay), to: Type.Optional(UtcDay) }
const querystring = Strict(period)

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
  /**
   * A file of Apache Parquet, compressed by Snappy: a row for each playback that is stored, or, with the numbers of the CSV,
   * a row for each day and lecture.
   */
  exportParquet: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/export/parquet',
    summary: 'Playbacks of a course, or its numbers by day and lecture, as a Parquet file',
    config: { access: 'instructor', rate: 'media' },
    schema: {
      params: CourseRef,
      querystring: Strict({
        ...period,
        of: Type.Enum(['playbacks', 'lecture-days'], { type: 'string', default: 'playbacks' }),
      }),
      response: {},
    },
  }),
}
