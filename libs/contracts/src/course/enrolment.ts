import { Type } from 'typebox'
import { Id, Message, Strict, endpoint } from '../shape.ts'
import { Student, UserInCourseRef, somebody } from './people.ts'
import { CourseRef, Enrolment, PublishedCourse } from './shapes.ts'

export const enrolmentApi = {
  listEnrolled: endpoint({
    method: 'GET',
    url: '/api/v1/course/enrolled',
    summary: 'The courses the caller is enrolled in, latest enrolment first',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: Type.Array(PublishedCourse) } },
  }),
  enroll: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/enroll',
    summary: 'Enrol the caller; 200 when enrolled already',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Enrolment, 201: Enrolment } },
  }),
  leave: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/:courseId/enroll',
    summary: 'End the enrolment of the caller; their progress is kept',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Message } },
  }),
  listStudents: endpoint({
    method: 'GET',
    url: '/api/v1/course/:courseId/students',
    summary: 'Who is enrolled, the latest to join first; `nextCursor` is the `cursor` of the next page',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: CourseRef,
      querystring: Strict({
        cursor: Type.Optional(Id),
        limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
      }),
      response: {
        200: Type.Object({ students: Type.Array(Student), nextCursor: Type.Optional(Id) }),
      },
    },
  }),
  addStudent: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/students',
    summary: 'Enrol somebody; 200 when enrolled already',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, body: Strict(somebody), response: { 200: Student, 201: Student } },
  }),
  removeStudent: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/:courseId/students/:userId',
    summary: 'End the enrolment of somebody; their progress is kept',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: UserInCourseRef, response: { 200: Message } },
  }),
}
