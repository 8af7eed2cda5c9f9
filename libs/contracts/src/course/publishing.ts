import { endpoint } from '../shape.ts'
import { Course, CourseRef, PublishedCourse } from './shapes.ts'

export const publishingApi = {
  publish: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/publish',
    summary: 'Freeze the draft into a snapshot that students see',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, response: { 200: PublishedCourse } },
  }),
  unpublish: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/unpublish',
    summary: 'Take a course out of the catalogue; enrolled students keep it',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Course } },
  }),
}
