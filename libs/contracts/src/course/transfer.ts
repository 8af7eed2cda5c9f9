import { Type } from 'typebox'
import { Strict, Text, endpoint } from '../shape.ts'
import { Course, CourseRef } from './shapes.ts'

export const transferApi = {
  /** Videos are shared, not copied; people, students and the picture stay with the other course. */
  duplicateCourse: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/duplicate',
    summary: 'Make a new draft of the caller’s with everything that this draft holds',
    // Thousands of rows are written before it is answered.
    config: { access: 'instructor', rate: 'upload' },
    schema: {
      params: CourseRef,
      /** Without a title: that of the course, marked as a copy. */
      body: Strict({ title: Type.Optional(Text(200)) }),
      response: { 201: Course },
    },
  }),
}
